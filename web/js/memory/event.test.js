import assert from "node:assert/strict";
import { test } from "node:test";

import { cited, gist, jsonOf, kindName, others, rest, saidIn, textOf, titleOf, whenOf } from "./event.js";

const sent = { event: "task_sent", text: JSON.stringify({ messages: [{ role: "user", content: "sort a list" }] }) };

test("a kind is called by a plain word, an unknown one by its own", () => {
  assert.equal(kindName({ event: "response" }), "Answer");
  assert.equal(kindName({ event: "dream" }), "dream");
  assert.equal(kindName({ event: 7 }), "Event");
});

test("the title, else how it begins", () => {
  assert.equal(titleOf({ title: "plan: x", text: "y" }), "plan: x");
  assert.equal(titleOf({ text: "\n first\nsecond" }), "first");
  assert.equal(titleOf(sent), "sort a list");
  assert.equal(titleOf({ event: "response", text: "" }), "Answer without words");
});

test("a long line is cut, and no character in two", () => {
  const title = titleOf({ text: `${"a".repeat(159)}😀${"b".repeat(50)}` });
  assert.equal(title, `${"a".repeat(159)}…`);
  assert.ok(titleOf({ text: "x".repeat(1_000_000) }).length < 170);
});

test("what was said is found in the JSON of tasks", () => {
  assert.equal(gist(sent), "sort a list");
  assert.equal(saidIn({ choices: [{ message: { content: "done" } }] }), "done");
  assert.equal(saidIn({ messages: [{ content: [{ type: "text", text: "a" }, { type: "image_url" }] }] }), "a");
  assert.equal(saidIn({ n: 1 }), null);
  assert.equal(saidIn(null), null);
});

test("JSON that was cut short is text", () => {
  assert.equal(jsonOf('{"a": 1'), null);
  assert.equal(jsonOf("[1"), null);
  assert.equal(jsonOf("7"), null);
  assert.deepEqual(jsonOf(' {"a":1}'), { a: 1 });
});

test("a text may stand under the name that others gave it, and be JSON itself", () => {
  assert.equal(textOf({ payload: { a: 1 } }), '{"a":1}');
  assert.equal(textOf({ message: "m" }), "m");
  assert.equal(textOf({}), "");
});

test("documents that a result names", () => {
  assert.deepEqual(cited({ attach: { plan_id: "p", code_id: null, reused: ["r"] } }), [
    { name: "the plan", id: "p" }, { name: "used again", id: "r" }]);
  assert.deepEqual(cited({ attach: "x" }), []);
  assert.deepEqual(cited(null), []);
});

test("fields of any kind are shown plainly", () => {
  assert.deepEqual(others({ id: "x", mood: "good", deep: { a: [1] }, none: null }), [
    ["mood", "good"], ["deep", '{\n  "a": [\n    1\n  ]\n}']]);
});

test("moments are read as they come", () => {
  assert.equal(whenOf({ timestamp: "2026-11-26T18:23:30.44Z" }), Date.UTC(2026, 10, 26, 18, 23, 30, 440));
  assert.equal(whenOf({ timestamp: 1.5 }), 1500);
  assert.equal(whenOf({}), null);
});

test("a fence is no title, and the gist goes on where the title ends", () => {
  const event = { text: "```python\nprint(1)\nprint(2)\n```" };
  assert.equal(titleOf(event), "print(1)");
  assert.equal(gist(event), "print(1) print(2)");
  assert.equal(rest(titleOf(event), gist(event)), "print(2)");
  assert.equal(rest("other", "gist"), "gist");
});

test("a prompt is called by what was asked, not by the orders before it", () => {
  assert.equal(titleOf({ event: "prompt", text: "system: You are a coder.\nsort a list" }), "sort a list");
  assert.equal(titleOf({ event: "prompt", text: "system: You are a coder." }), "system: You are a coder.");
  assert.equal(titleOf({ event: "document", text: "system: x\ny" }), "system: x");
});
