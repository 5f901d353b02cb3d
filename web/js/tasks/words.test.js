// Run with `node --test web/js/`; the page does not load this file.

import assert from "node:assert/strict";
import { test } from "node:test";

import { titleOf, took } from "./words.js";

test("a length is as exact as people need it", () => {
  assert.deepEqual([0, 1, 999.4, 999.6, 12_149, 59_949, 59_951, 185_000, 7_500_000, 100 * 3_600_000].map(took),
    ["0 ms", "1 ms", "999 ms", "1.0 s", "12.1 s", "59.9 s", "1 min 00 s", "3 min 05 s", "2 h 05 min", "4 d 4 h"]);
  assert.equal(took(null), "");
});

test("a task is called what was asked", () => {
  assert.equal(titleOf({ title: " Sort\n a list ", target: "coder" }), "Sort a list");
  assert.equal(titleOf({ input: "hello", target: "coder" }), "hello");
  assert.equal(titleOf({ input: { messages: 7 }, target: "coder" }), "Task for coder");
  assert.ok(titleOf({ title: "x".repeat(1000) }).length < 170);
});
