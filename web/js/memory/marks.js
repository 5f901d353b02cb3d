// Where words that are searched for stand in a text.

import { h } from "../base/dom.js";
import { cut } from "../base/words.js";

/** Scripts without spaces: each character is a word, as for the gateway. */
const ALONE = "\\u0e00-\\u0eff\\u1780-\\u17ff\\u3040-\\u30ff\\u3400-\\u4dbf\\u4e00-\\u9fff\\uf900-\\ufaff";
const WORD = new RegExp(`[${ALONE}]|(?:(?![${ALONE}])[\\p{Alphabetic}\\p{N}])+`, "gu");
/** Marks in one element. */
const MOST = 500;

/** The words that a search looks for. */
export const wordsOf = (q) => new Set(q.toLowerCase().match(WORD));

/** Where `words` stand in `text`, whole and in any case: one `[from, to]` after the other. */
export function* placesOf(text, words) {
  if (words.size === 0) return;
  for (const { 0: word, index } of text.matchAll(WORD)) {
    if (words.has(word.toLowerCase())) yield [index, index + word.length];
  }
}

/** `most` of a text, from a little before the first of `words` on. */
export function stretch(text, words, most) {
  const { value: [first] = [0] } = placesOf(text, words).next();
  const from = first < 40 ? 0 : first - 40;
  return `${from > 0 ? "…" : ""}${cut(text.slice(from), most)}`;
}

/** Marks `words` in what is drawn in `element`. */
export function mark(element, words) {
  const walk = document.createTreeWalker(element, NodeFilter.SHOW_TEXT);
  const texts = [];
  while (walk.nextNode()) if (!walk.currentNode.parentNode.closest("button")) texts.push(walk.currentNode);
  let left = MOST;
  for (const node of texts) {
    const places = [...placesOf(node.data, words)].slice(0, left);
    left -= places.length;
    // From the end on, so that what is before stays where it is.
    for (const [from, to] of places.reverse()) {
      node.splitText(to);
      const found = node.splitText(from);
      found.replaceWith(h("mark", {}, found.data));
    }
  }
  return element;
}
