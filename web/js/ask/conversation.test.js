// Run with `node --test web/js/`; the page does not load this file.

import assert from "node:assert/strict";
import { test } from "node:test";

import { addTurn, fromInput, messages, newConversation } from "./conversation.js";

const agent = { kind: "agent", name: "planner" };

test("everything that was answered is said again", () => {
  const talk = newConversation(agent);
  addTurn(talk, "a", "1").answer = "A";
  addTurn(talk, "failed", "2");
  addTurn(talk, "b", "3").answer = "B";
  assert.deepEqual(messages(talk, "c").map((message) => message.content), ["a", "A", "b", "B", "c"]);
  assert.equal(talk.task, "3");
});

test("a conversation is read back from what was sent", () => {
  const talk = newConversation(agent);
  addTurn(talk, "a", "1").answer = "A";
  const again = fromInput({ messages: messages(talk, "b") }, agent, "2");
  assert.deepEqual(again.turns.map(({ question, answer, task }) => [question, answer, task]), [["a", "A", null], ["b", "", "2"]]);
  again.turns[1].answer = "B";
  assert.deepEqual(messages(again, "c").map((message) => message.content), ["a", "A", "b", "B", "c"]);
});

test("instructions stay at the head, parts become text, questions in a row are one", () => {
  const system = { role: "system", content: "be brief" };
  const talk = fromInput({
    messages: [system, { role: "user", content: "a" }, { role: "user", content: [{ type: "text", text: "b" }, { type: "image_url" }] }],
  }, agent, "1");
  assert.deepEqual(talk.turns.map((turn) => turn.question), ["a\n\nb\n[image_url]"]);
  assert.deepEqual(messages(talk, "c")[0], system);
});

test("an input that is no conversation has a turn without words", () => {
  for (const input of [null, undefined, 7, { x: 1 }, { messages: "?" }, { messages: [null, { role: "assistant", content: "A" }] }]) {
    const talk = fromInput(input, agent, "1");
    assert.deepEqual(talk.turns.map(({ question, task }) => [question, task]), [[null, "1"]]);
    talk.turns[0].answer = "A";
    assert.deepEqual(messages(talk, "b").at(-1), { role: "user", content: "b" });
  }
});
