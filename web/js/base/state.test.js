// Run with `node --test web/js/`; the page does not load this file.

import assert from "node:assert/strict";
import { test } from "node:test";

import { asks, isBad, isOver, toneOf, wordOf } from "./state.js";

test("each state of a task has a word and a tone", () => {
  const told = (name) => [wordOf(name), toneOf(name), isOver({ state_name: name }), isBad({ state_name: name }), asks({ state_name: name })];
  assert.deepEqual(told("auth-required"), ["wants a login", "going", false, false, true]);
  assert.deepEqual(told("rejected"), ["turned down", "bad", true, true, false]);
  assert.deepEqual(told("canceled"), ["canceled", "calm", true, false, false]);
  assert.deepEqual(told("of another world"), ["of another world", "calm", false, false, false]);
});
