// A text that people or models wrote: prose and code blocks, no more of it at once than a browser draws with ease.

import { h } from "./dom.js";
import { bounded, long } from "./parts.js";

/** What a text looks like; with `code` one without any fence is code as a whole, of the language `lang`. */
export function written(text, { code = false, lang = "" } = {}) {
  const found = piecesOf(text);
  const pieces = code && !found.some((piece) => piece.code) ? [{ code, lang, text }] : found;
  return h("div", { class: "pieces" }, pieces.map((piece) => (piece.code ? codeBlock(piece) : long(piece.text))));
}

/** A block of code with its language and a button that copies all of it. */
export function codeBlock({ lang, text }) {
  const code = h("code");
  const { figure, pre } = codeFrame(code, lang, () => text);
  figure.append(bounded(pre, code, text));
  return figure;
}

export const json = (value) => codeBlock({ lang: "json", text: JSON.stringify(value, null, 2) });

/** The same to be opened, and drawn then. */
export function asJson(words, value) {
  const box = h("details", { class: "raw" }, h("summary", {}, words));
  box.addEventListener("toggle", () => box.append(json(value)), { once: true });
  return box;
}

/** What stands around the element `code`: `pre` is for its place in the figure; `text` gives what is copied. */
export function codeFrame(code, lang, text) {
  const pre = h("pre", { tabindex: "0", role: "group", "aria-label": `Code ${lang ?? ""}` }, code);
  const head = h("figcaption", {}, h("span", { class: "one-line" }, lang || "code"), copyButton(code, "the code", text));
  return { figure: h("figure", { class: "code" }, head), pre };
}

const SHOWN_MS = 2000;

/** A button that copies the text of `element`; `text` gives what is copied where the element shows only a part of it. */
export function copyButton(element, what, text = () => element.textContent) {
  const button = h("button", { type: "button", class: "quiet copy", "aria-live": "polite", title: `Copy ${what}`, onclick: copy }, "Copy");

  async function copy() {
    try {
      await navigator.clipboard.writeText(text());
      button.textContent = "Copied";
    } catch {
      // Browsers keep the clipboard from pages that came over plain HTTP from another computer.
      getSelection().selectAllChildren(element);
      button.textContent = "Selected: press Ctrl+C";
    }
    setTimeout(() => { button.textContent = "Copy"; }, SHOWN_MS);
  }

  return button;
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
