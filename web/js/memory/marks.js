// Which stretches of a text were found.

/** Scripts without spaces: each character is a word, as for the gateway. */
const ALONE = "\\u0e00-\\u0eff\\u1780-\\u17ff\\u3040-\\u30ff\\u3400-\\u4dbf\\u4e00-\\u9fff\\uf900-\\ufaff";
const WORD = new RegExp(`[${ALONE}]|(?:(?![${ALONE}])[\\p{Alphabetic}\\p{N}])+`, "gu");

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

/** The text in pieces: `[{ text, hit }]`. */
export function cutWords(text, words) {
  const pieces = [];
  let at = 0;
  for (const [from, to] of placesOf(text, words)) {
    pieces.push({ text: text.slice(at, from), hit: false }, { text: text.slice(from, to), hit: true });
    at = to;
  }
  return [...pieces, { text: text.slice(at), hit: false }];
}

/** The same of the stretch around the first word that is found; null where none is. */
export function stretch(text, words) {
  const { value: first } = placesOf(text, words).next();
  if (!first) return null;
  const from = Math.max(0, first[0] - 40);
  const shown = text.slice(from, from + 200).replace(/\s+/g, " ");
  return cutWords(`${from > 0 ? "…" : ""}${shown}${from + 200 < text.length ? "…" : ""}`, words);
}

/** Marks words in what is being read, without touching it. Browsers that cannot do so show it as it is. */
export function glow(element, words) {
  const ranges = [];
  const walk = document.createTreeWalker(element, NodeFilter.SHOW_TEXT);
  while (walk.nextNode() && ranges.length < MOST) {
    const node = walk.currentNode;
    for (const [from, to] of placesOf(node.data, words)) {
      ranges.push(new StaticRange({ startContainer: node, startOffset: from, endContainer: node, endOffset: to }));
      if (ranges.length === MOST) break;
    }
  }
  CSS.highlights?.set("memory-hit", new Highlight(...ranges));
}

/** Takes the marks away, which hold what was read. */
export const dim = () => CSS.highlights?.delete("memory-hit");
