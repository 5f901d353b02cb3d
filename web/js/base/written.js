// A text that people or models wrote: prose and code blocks.

import { h } from "./dom.js";
import { begun, button, long } from "./parts.js";

/** Draws a text; with `code` one without any fence is code, of the language `lang`. */
export function written(text, { code = false, lang = "" } = {}) {
  const found = piecesOf(text);
  const pieces = code && !found.some((piece) => piece.code) ? [{ code, lang, text }] : found;
  return h("div", { class: "pieces" }, pieces.map((piece) => (piece.code ? codeBlock(piece) : long(piece.text))));
}

/** A block of code with its language and a button that copies all of it. */
export function codeBlock({ lang, text }) {
  const code = h("code");
  return codeFrame(code, lang, begun(code, text), () => text);
}

export const json = (value) => codeBlock({ lang: "json", text: JSON.stringify(value, null, 2) });

/** The same, drawn once it is opened. */
export function asJson(words, value) {
  const box = h("details", { class: "raw" }, h("summary", {}, words));
  box.addEventListener("toggle", () => box.append(json(value)), { once: true });
  return box;
}

/** What stands around the element `code`; `text` gives what is copied. */
export const codeFrame = (code, lang, more = null, text = undefined) => h("figure", { class: "code" },
  h("figcaption", {}, h("span", { class: "one-line" }, lang || "code"), copyButton(code, "the code", text)),
  h("pre", { tabindex: "0", role: "group", "aria-label": `Code ${lang}` }, code), more);

/** A button that copies the text of `element`, or what `text` gives. */
export function copyButton(element, what, text = () => element.textContent) {
  const it = button("Copy", async () => {
    try {
      await navigator.clipboard.writeText(text());
      it.textContent = "Copied";
    } catch {
      // Browsers keep the clipboard from pages that came over plain HTTP from another computer.
      getSelection().selectAllChildren(element);
      it.textContent = "Selected: press Ctrl+C";
    }
    setTimeout(() => { it.textContent = "Copy"; }, 2000);
  }, { "aria-live": "polite", title: `Copy ${what}` });
  return it;
}

/** Pieces that are told apart; what follows is one. */
const MOST = 200;
const OPEN = /^ {0,3}(`{3,}|~{3,})\s*([^\s`]*)[^`]*$/;

/** Cuts a text at its ``` fences: `[{ code: boolean, lang, text }, …]`; an unclosed fence runs to the end. */
export function piecesOf(text) {
  const pieces = [];
  let fence = null;
  let lang = "";
  let lines = [];

  function push() {
    const joined = lines.join("\n");
    const body = fence ? joined : joined.replace(/^\s*\n/, "").trimEnd();
    if (body.trim() !== "") pieces.push({ code: fence !== null, lang, text: body });
    [lines, lang] = [[], ""];
  }

  for (const line of text.split(/\r\n|\r|\n/)) {
    const open = fence === null && pieces.length < MOST ? OPEN.exec(line) : null;
    if (open) {
      push();
      [fence, lang] = [open[1], open[2].toLowerCase()];
    } else if (fence !== null && closes(line.trim(), fence)) {
      push();
      fence = null;
    } else {
      lines.push(line);
    }
  }
  push();
  return pieces;
}

const closes = (line, fence) => line.length >= fence.length && line === fence[0].repeat(line.length);
