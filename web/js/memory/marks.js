// Which stretches of a text were found.

/** Scripts without spaces: each character is a word. */
const ALONE = "\\u0e00-\\u0eff\\u1780-\\u17ff\\u3040-\\u30ff\\u3400-\\u4dbf\\u4e00-\\u9fff\\uf900-\\ufaff";
const WORD = new RegExp(`[${ALONE}]|(?:(?![${ALONE}])[\\p{Alphabetic}\\p{N}])+`, "gu");

/** Cuts a snippet of the gateway, which has what was found between ⟦ and ⟧: `[{ text, hit }]`. */
export function cutMarks(snippet) {
  return snippet.split(/⟦([^⟧]*)⟧/)
    .map((text, place) => ({ text, hit: place % 2 === 1 }))
    .filter(({ text }) => text !== "");
}

/** A search of the gateway takes no more words than these. */
export const MOST_WORDS = 32;

/** The words that a search looks for. */
export const wordsOf = (q) => [...new Set((q.toLowerCase().match(WORD) ?? []))];

/** Where `words` stand in `text`, whole and in any case: at most `most` pairs `[from, to]`. */
export function placesOf(text, words, most = 500) {
  const wanted = new Set(words);
  const places = [];
  if (wanted.size === 0) return places;
  for (const found of text.matchAll(WORD)) {
    if (!wanted.has(found[0].toLowerCase())) continue;
    places.push([found.index, found.index + found[0].length]);
    if (places.length === most) break;
  }
  return places;
}

/** The same as pieces of the text: `[{ text, hit }]`. */
export function cutWords(text, words) {
  const pieces = [];
  let at = 0;
  for (const [from, to] of placesOf(text, words)) {
    pieces.push({ text: text.slice(at, from), hit: false }, { text: text.slice(from, to), hit: true });
    at = to;
  }
  pieces.push({ text: text.slice(at), hit: false });
  return pieces.filter((piece) => piece.text !== "");
}

const BEFORE = 40;
const SHOWN = 200;

/** The stretch of a text around the first word that was found, as the gateway's snippets are; null where none is. */
export function stretch(text, words) {
  const [first] = placesOf(text, words, 1);
  if (!first) return null;
  const from = first[0] <= BEFORE ? 0 : text.lastIndexOf(" ", first[0] - BEFORE / 2) + 1;
  const shown = text.slice(from, from + SHOWN).replace(/\s+/g, " ").replace(/[\ud800-\udbff]$/, "");
  const pieces = cutWords(shown, words);
  if (from > 0) pieces.unshift({ text: "…", hit: false });
  if (from + SHOWN < text.length) pieces.push({ text: "…", hit: false });
  return pieces;
}
