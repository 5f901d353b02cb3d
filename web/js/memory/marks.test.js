import assert from "node:assert/strict";
import { test } from "node:test";

import { cutWords, placesOf, stretch, wordsOf } from "./marks.js";

test("words are letters and digits, each once, in lower case", () => {
  assert.deepEqual([...wordsOf("Rate OR \"limiter\" rate* -x")], ["rate", "or", "limiter", "x"]);
  assert.deepEqual([...wordsOf("日本 go")], ["日", "本", "go"]);
  assert.equal(wordsOf("\"*\" --").size, 0);
});

test("whole words are found in any case, others are not", () => {
  assert.deepEqual([...placesOf("Sort, resort, SORT", new Set(["sort"]))], [[0, 4], [14, 18]]);
});

test("pieces put together are the text", () => {
  const text = "<b>sort</b> a list and sort it";
  const pieces = cutWords(text, new Set(["sort", "list"]));
  assert.equal(pieces.map((piece) => piece.text).join(""), text);
  assert.equal(pieces.filter((piece) => piece.hit).length, 3);
});

test("a stretch begins near the first hit and says that there is more", () => {
  const words = new Set(["sort"]);
  const pieces = stretch(`${"word ".repeat(40)}sort it${" word".repeat(100)}`, words);
  assert.match(pieces[0].text, /^…/);
  assert.match(pieces.at(-1).text, /…$/);
  assert.deepEqual(pieces.filter(({ hit }) => hit), [{ text: "sort", hit: true }]);
  assert.equal(stretch("resort", words), null);
});
