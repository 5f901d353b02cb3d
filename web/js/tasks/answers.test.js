// Run with `node --test web/js/`; the page does not load this file.

import assert from "node:assert/strict";
import { test } from "node:test";

import { messagesOf, textOf } from "./answers.js";

test("the text of a result is found in every shape that agents answer in", () => {
  assert.equal(textOf({ choices: [{ message: { content: "a" } }] }), "a");
  assert.equal(textOf({ choices: [{ message: { content: [{ type: "text", text: "a" }, { type: "text", text: "b" }] } }] }), "a\nb");
  assert.equal(textOf({ artifacts: [{ parts: [{ text: "a" }] }, { parts: [{ data: 1 }, { text: "b" }] }] }), "a\n\nb");
  assert.equal(textOf("a"), "a");
});

test("what has no text is none, and nonsense breaks nothing", () => {
  for (const odd of [null, undefined, 7, [], {}, { choices: 7 }, { choices: [null] }, { artifacts: [null, { parts: 7 }] }, { parts: [null] }]) {
    assert.equal(textOf(odd), null);
  }
  for (const odd of [null, undefined, 7, [], {}, { messages: 7 }, { messages: [] }, { messages: [null] }, { messages: [{ content: 7 }] }]) {
    assert.equal(messagesOf(odd), null);
  }
});

test("an input's messages, with who said them", () => {
  assert.deepEqual(messagesOf({ messages: [{ role: "user", content: "a" }, { content: [{ text: "b" }] }] }),
    [{ role: "user", text: "a" }, { role: "", text: "b" }]);
  assert.deepEqual(messagesOf("a"), [{ role: "", text: "a" }]);
});
