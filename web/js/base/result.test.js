// Run with `node --test web/js/`; the page does not load this file.

import assert from "node:assert/strict";
import { test } from "node:test";

import { read, spoken, textOf } from "./result.js";

test("the answers of chats are their text", () => {
  assert.deepEqual(read({ choices: [{ message: { content: "x" } }], model: "m" }), { artifacts: [], parts: [{ text: "x" }] });
  assert.equal(spoken({ message: { content: "from ollama" } }), "from ollama");
  assert.equal(spoken({ choices: [{ message: { content: [{ type: "text", text: "in parts" }] } }] }), "in parts");
  assert.equal(spoken("plain"), "plain");
});

test("the answers of A2A agents are their artifacts and what they say", () => {
  const found = read({ artifacts: [{ artifactId: "a", parts: [{ text: "one" }] }], message: { parts: [{ text: "done" }] } });
  assert.deepEqual([found.artifacts.length, found.parts], [1, [{ text: "done" }]]);
  assert.equal(spoken({ message: { parts: [{ text: "hi" }] } }), "hi");
  assert.equal(spoken({ artifacts: [{ parts: [{ text: "one" }, { data: { b: 2 } }, { url: "x" }] }] }), 'one\n\n{\n  "b": 2\n}');
});

test("anything else is shown as what it is", () => {
  for (const odd of [{ weather: 3 }, [1], 0, { choices: 7, message: null, artifacts: "?" }]) assert.deepEqual(read(odd).parts, [{ data: odd }]);
  assert.deepEqual(read(null), { artifacts: [], parts: [] });
  assert.equal(textOf([null, 7, { text: 7 }, { text: "a" }, { text: "b" }]), "a\nb");
});
