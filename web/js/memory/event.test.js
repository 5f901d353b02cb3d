import assert from "node:assert/strict";
import { test } from "node:test";

import { brief, jsonOf, kindName, saidIn, whenOf, writtenIn } from "./event.js";

const titleOf = (event) => brief(event).title;

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
  assert.equal(brief({ ...sent, title: "t" }).rest, "sort a list");
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
  assert.equal(writtenIn({ payload: { a: 1 } }), '{"a":1}');
  assert.equal(writtenIn({ message: "m" }), "m");
  assert.equal(writtenIn({}), "");
});

test("moments are read as they come", () => {
  assert.equal(whenOf({ timestamp: "2026-11-26T18:23:30.44Z" }), Date.UTC(2026, 10, 26, 18, 23, 30, 440));
  assert.equal(whenOf({ timestamp: 1.5 }), 1500);
  assert.equal(whenOf({}), null);
});

test("a fence is no title, and the rest goes on where the title ends", () => {
  assert.deepEqual(brief({ text: "```python\nprint(1)\nprint(2)\n```" }), { title: "print(1)", rest: "print(2)\n" });
  assert.deepEqual(brief({ title: "plan", text: "a\nb" }), { title: "plan", rest: "a\nb" });
  assert.equal(brief({ text: "x".repeat(170) }).rest, "x".repeat(10));
});

test("a prompt is called by what was asked, not by the orders before it", () => {
  assert.equal(titleOf({ event: "prompt", text: "system: You are a coder.\nsort a list" }), "sort a list");
  assert.equal(titleOf({ event: "prompt", text: "system: You are a coder." }), "system: You are a coder.");
  assert.equal(titleOf({ event: "document", text: "system: x\ny" }), "system: x");
});
