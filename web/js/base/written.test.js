// Run with `node --test web/js/`; the page does not load this file.

import assert from "node:assert/strict";
import { test } from "node:test";

import { piecesOf } from "./written.js";

test("text without a fence is one piece", () => {
  assert.deepEqual(piecesOf("1. read\n2. sort\n"), [{ code: false, lang: "", text: "1. read\n2. sort" }]);
});

test("a fence between prose", () => {
  assert.deepEqual(piecesOf("Here:\n\n```Python\nprint(1)\n\nprint(2)\n```\nDone."), [
    { code: false, lang: "", text: "Here:" },
    { code: true, lang: "python", text: "print(1)\n\nprint(2)" },
    { code: false, lang: "", text: "Done." },
  ]);
});

test("an unclosed fence runs to the end", () => {
  assert.deepEqual(piecesOf("```\nx = 1"), [{ code: true, lang: "", text: "x = 1" }]);
});

test("a longer fence holds a shorter one", () => {
  assert.deepEqual(piecesOf("````md\n```\na\n```\n````"), [
    { code: true, lang: "md", text: "```\na\n```" },
  ]);
});

test("backticks within a line open nothing", () => {
  assert.deepEqual(piecesOf("```x``` is inline"), [{ code: false, lang: "", text: "```x``` is inline" }]);
});

test("empty text has no pieces", () => {
  assert.deepEqual(piecesOf(" \n"), []);
});
