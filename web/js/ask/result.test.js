// Run with `node --test web/js/`; the page does not load this file.

import assert from "node:assert/strict";
import { test } from "node:test";

import { read, spoken } from "./result.js";

test("the answers of chats are their text", () => {
  const openai = { choices: [{ message: { content: "x" } }], model: "m", attach: { plan_id: "1", code_id: "2" }, usage: { prompt_tokens: 1, completion_tokens: 2, total_tokens: 3 } };
  const found = read(openai);
  assert.deepEqual([found.text, found.plan, found.code, found.model, found.usage], ["x", "1", "2", "m", { in: 1, out: 2 }]);
  assert.equal(read({ message: { content: "from ollama" } }).text, "from ollama");
  assert.equal(read({ choices: [{ message: { content: [{ type: "text", text: "in parts" }] } }] }).text, "in parts");
});

test("the answers of A2A agents are their artifacts and what they say", () => {
  const found = read({ artifacts: [{ artifactId: "a", parts: [{ text: "one" }] }], message: { parts: [{ text: "done" }] } });
  assert.deepEqual([found.pieces.length, found.text], [1, "done"]);
  assert.equal(read({ message: { parts: [{ text: "hi" }] } }).text, "hi");
  assert.equal(spoken({ artifacts: [{ parts: [{ text: "one" }, { data: { b: 2 } }, { url: "x" }] }] }), 'one\n\n{\n  "b": 2\n}');
});

test("anything else is shown as what it is", () => {
  assert.equal(read("plain").text, "plain");
  assert.deepEqual(read({ weather: 3 }).json, { weather: 3 });
  assert.deepEqual(read([1]).json, [1]);
  assert.equal(read(null).json, undefined);
  assert.equal(read({ choices: 7, message: null, artifacts: "?" }).text, "");
  assert.equal(spoken(0), "0");
});
