// A text that people or models wrote: prose and code blocks, no more of it at once than a browser draws with ease.

import { h } from "./dom.js";
import { bounded, button, long } from "./parts.js";
import { whole } from "./words.js";

const PIECES = 200;

/** What a text looks like; with `code` one without any fence is code as a whole, of the language `lang`. */
export function written(text, { code = false, lang = "" } = {}) {
  const found = piecesOf(text);
  const isBare = code && !found.some((piece) => piece.code);
  const pieces = isBare ? [{ code: true, lang, text }] : found;
  const place = h("div", { class: "pieces" });
  more(place, pieces, 0);
  return place;
}

function more(place, pieces, from) {
  const to = Math.min(pieces.length, from + PIECES);
  place.append(...pieces.slice(from, to).map((piece) => (piece.code ? codeBlock(piece) : long(piece.text))));
  if (to === pieces.length) return;
  const next = button(`Show more: ${whole(pieces.length - to)} parts are left`, () => {
    next.remove();
    more(place, pieces, to);
  });
  place.append(next);
}

/** A block of code with its language and a button that copies all of it. */
export function codeBlock({ lang, text }) {
  const code = h("code", {});
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
  let timer;
  const button = h("button", { type: "button", class: "quiet copy", "aria-live": "polite", onclick: copy });

  function show(word, name = word) {
    button.textContent = word;
    button.setAttribute("aria-label", name);
  }
  const rest = () => show("Copy", `Copy ${what}`);

  async function copy() {
    try {
      await navigator.clipboard.writeText(text());
      show("Copied");
    } catch {
      // Browsers keep the clipboard from pages that came over plain HTTP from another computer.
      getSelection().selectAllChildren(element);
      show("Selected: press Ctrl+C");
    }
    clearTimeout(timer);
    timer = setTimeout(rest, SHOWN_MS);
  }

  rest();
  return button;
}

const OPEN = /^ {0,3}(`{3,}|~{3,})\s*([^\s`]*)[^`]*$/;

/** Cuts a text at its ``` fences: `[{ code: boolean, lang, text }, …]`; an unclosed fence runs to the end. */
export function piecesOf(text) {
  const pieces = [];
  let fence = null;
  let lang = "";
  let lines = [];

  const push = (code) => {
    const joined = lines.join("\n");
    const body = code ? joined : joined.replace(/^\s*\n/, "").trimEnd();
    if (body.trim() !== "") pieces.push({ code, lang: code ? lang : "", text: body });
    lines = [];
  };

  for (const line of text.split(/\r\n|\r|\n/)) {
    const open = fence === null ? OPEN.exec(line) : null;
    if (open) {
      push(false);
      fence = open[1];
      lang = open[2].toLowerCase();
    } else if (fence !== null && closes(line, fence)) {
      push(true);
      fence = null;
    } else {
      lines.push(line);
    }
  }
  push(fence !== null);
  return pieces;
}

function closes(line, fence) {
  const bare = line.trim();
  return bare.length >= fence.length && bare === fence[0].repeat(bare.length);
}
