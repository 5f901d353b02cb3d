// Marks words in a text that is being read, without touching the text.

import { placesOf } from "./marks.js";

const NAME = "memory-hit";
const MOST = 500;

/** Browsers that cannot do so show the text as it is. */
export function glow(element, words) {
  if (!globalThis.CSS?.highlights) return;
  CSS.highlights.delete(NAME);
  if (words.length === 0) return;
  const ranges = [];
  const walk = document.createTreeWalker(element, NodeFilter.SHOW_TEXT);
  for (let node = walk.nextNode(); node !== null && ranges.length < MOST; node = walk.nextNode()) {
    for (const [from, to] of placesOf(node.data, words, MOST - ranges.length)) ranges.push(range(node, from, to));
  }
  if (ranges.length > 0) CSS.highlights.set(NAME, new Highlight(...ranges));
}

export const dim = () => globalThis.CSS?.highlights?.delete(NAME);

const range = (node, from, to) => new StaticRange({ startContainer: node, startOffset: from, endContainer: node, endOffset: to });
