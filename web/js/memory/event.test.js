import assert from "node:assert/strict";
import { test } from "node:test";

import { brief, kindName, saidBy, whenOf } from "./event.js";

const titleOf = (event) => brief(event).title;

const sent = { event: "task_sent", text: JSON.stringify({ messages: [{ role: "user", content: "sort a list" }] }) };

test("a kind is called by a plain word, an unknown one by its own", () => {
  assert.equal(kindName({ event: "response" }), "Answer");
  assert.equal(kindName({ event: "constructor" }), "constructor");
  assert.equal(kindName({}), "Event");
});

test("the title, else how it begins", () => {
  assert.equal(titleOf({ title: "plan: x", text: "y" }), "plan: x");
  assert.equal(titleOf({ text: "\n first\nsecond" }), "first");
  assert.equal(titleOf(sent), "sort a list");
  assert.equal(titleOf({ event: "response", text: "" }), "Answer without words");
  assert.ok(titleOf({ text: "x".repeat(1_000_000) }).length < 170);
});

test("what was said is found in the JSON of tasks", () => {
  assert.equal(brief({ ...sent, title: "t" }).rest, "sort a list");
  const said = (json) => saidBy({ text: JSON.stringify(json) });
  assert.equal(said({ choices: [{ message: { content: "done" } }] }), "done");
  assert.equal(said({ messages: [{ content: [{ type: "text", text: "a" }, { type: "image_url" }] }] }), "a");
  assert.equal(said({ detail: "agent answered 422", status: 422 }), "agent answered 422");
  assert.equal(said({ n: 1 }), '{\n  "n": 1\n}');
  assert.equal(said({ messages: [null] }), '{\n  "message": null\n}');
});

test("JSON that was cut short, or that is too deep or too long, is text", () => {
  for (const text of ['{"a": 1', "[1", "7", "null", `${"[".repeat(20_000)}${"]".repeat(20_000)}`, `["${"x".repeat(400_000)}"]`]) {
    assert.equal(saidBy({ text }), text);
  }
});

test("a text may stand under the name that others gave it, and be JSON itself", () => {
  assert.equal(saidBy({ payload: { message: "m" } }), '{\n  "message": "m"\n}');
  assert.equal(saidBy({ message: "m" }), "m");
  assert.equal(saidBy({}), "");
});

test("moments are read as they come", () => {
  assert.equal(whenOf({ timestamp: "2026-11-26T18:23:30.44Z" }), Date.UTC(2026, 10, 26, 18, 23, 30, 440));
  assert.equal(whenOf({ timestamp: 1.5 }), 1500);
  assert.equal(whenOf({}), null);
});

test("a fence is no title, and the rest goes on where the title ends", () => {
  assert.deepEqual(brief({ text: "```python\nprint(1)\nprint(2)\n```" }), { title: "print(1)", rest: "print(2)\n" });
  assert.deepEqual(brief({ title: "plan", text: "a\nb" }), { title: "plan", rest: "a\nb" });
  assert.equal(brief({ text: "x".repeat(170) }).rest, "x".repeat(170));
});

test("a prompt is called by what was asked, not by the orders before it", () => {
  assert.equal(titleOf({ event: "prompt", text: "system: You are a coder.\nsort a list" }), "sort a list");
  assert.equal(titleOf({ event: "prompt", text: "system: You are a coder." }), "system: You are a coder.");
  assert.equal(titleOf({ event: "document", text: "system: x\ny" }), "system: x");
});
