// A text that people or models wrote: prose and code blocks, no more of it at once than a browser draws with ease.

import { copyButton } from "./copy.js";
import { h } from "./dom.js";
import { cut } from "./fences.js";
import { bounded, button, long } from "./parts.js";

const PIECES = 200;

/** What a text looks like; with `code` one without any fence is code as a whole, of the language `lang`. */
export function written(text, { code = false, lang = "" } = {}) {
  const found = cut(text);
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
  const next = button(`Show more: ${(pieces.length - to).toLocaleString("en-GB")} parts are left`, () => {
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

/** What stands around the element `code`: `pre` is for its place in the figure; `text` gives what is copied. */
export function codeFrame(code, lang, text) {
  const pre = h("pre", { tabindex: "0", role: "group", "aria-label": `Code ${lang ?? ""}` }, code);
  const head = h("figcaption", {}, h("span", { class: "one-line" }, lang || "code"), copyButton(code, "the code", text));
  return { figure: h("figure", { class: "code" }, head), pre };
}
