import assert from "node:assert/strict";
import { test } from "node:test";

import { cutMarks, cutWords, placesOf, stretch, wordsOf } from "./marks.js";

test("what stands between the marks is a hit", () => {
  assert.deepEqual(cutMarks("…a ⟦rate⟧ ⟦limiter⟧"), [
    { text: "…a ", hit: false }, { text: "rate", hit: true }, { text: " ", hit: false }, { text: "limiter", hit: true }]);
});

test("a mark without its end is text", () => {
  assert.deepEqual(cutMarks("a ⟦b"), [{ text: "a ⟦b", hit: false }]);
  assert.deepEqual(cutMarks(""), []);
});

test("words are letters and digits, each once, in lower case", () => {
  assert.deepEqual(wordsOf("Rate OR \"limiter\" rate* -x"), ["rate", "or", "limiter", "x"]);
  assert.deepEqual(wordsOf("日本 go"), ["日", "本", "go"]);
  assert.deepEqual(wordsOf("\"*\" --"), []);
});

test("whole words are found in any case, others are not", () => {
  assert.deepEqual(placesOf("Sort, resort, SORT", ["sort"]), [[0, 4], [14, 18]]);
});

test("no more places than asked for", () => {
  assert.equal(placesOf("a ".repeat(1000), ["a"], 7).length, 7);
});

test("pieces put together are the text", () => {
  const text = "<b>sort</b> a list and sort it";
  const pieces = cutWords(text, ["sort", "list"]);
  assert.equal(pieces.map((piece) => piece.text).join(""), text);
  assert.equal(pieces.filter((piece) => piece.hit).length, 3);
});

test("a stretch begins near the first hit and says that there is more", () => {
  const text = `${"word ".repeat(40)}sort it${" word".repeat(100)}`;
  const pieces = stretch(text, ["sort"]);
  assert.equal(pieces[0].text, "…");
  assert.equal(pieces.at(-1).text, "…");
  assert.deepEqual(pieces.filter((piece) => piece.hit), [{ text: "sort", hit: true }]);
  assert.equal(stretch(text, ["none"]), null);
  assert.deepEqual(stretch("sort", ["sort"]), [{ text: "sort", hit: true }]);
});
