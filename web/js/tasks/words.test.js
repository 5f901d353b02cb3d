// Run with `node --test web/js/`; the page does not load this file.

import assert from "node:assert/strict";
import { test } from "node:test";

import { titleOf } from "./words.js";

test("a task is called what was asked", () => {
  assert.equal(titleOf({ title: " Sort\n a list ", target: "coder" }), "Sort a list");
  assert.equal(titleOf({ input: "hello", target: "coder" }), "hello");
  assert.equal(titleOf({ input: { messages: 7 }, target: "coder" }), "Task for coder");
  assert.ok(titleOf({ title: "x".repeat(1000) }).length < 170);
});
