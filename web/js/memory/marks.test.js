import assert from "node:assert/strict";
import { test } from "node:test";

import { placesOf, stretch, wordsOf } from "./marks.js";

test("words are letters and digits, each once, in lower case", () => {
  assert.deepEqual([...wordsOf("Rate OR \"limiter\" rate* -x")], ["rate", "or", "limiter", "x"]);
  assert.deepEqual([...wordsOf("日本 go")], ["日", "本", "go"]);
  assert.equal(wordsOf("\"*\" --").size, 0);
});

test("whole words are found in any case, others are not", () => {
  assert.deepEqual([...placesOf("Sort, resort, SORT", new Set(["sort"]))], [[0, 4], [14, 18]]);
});

test("a stretch begins near the first hit", () => {
  const words = new Set(["sort"]);
  assert.match(stretch(`${"word ".repeat(40)}sort it${" word".repeat(100)}`, words, 100), /^….{40}sort it/);
  assert.equal(stretch("resort", words, 100), "resort");
  assert.equal(stretch("abc", new Set(), 2), "ab…");
});
