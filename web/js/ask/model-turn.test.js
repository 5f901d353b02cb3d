// Run with `node --test web/js/`; the page does not load this file.

import assert from "node:assert/strict";
import { test } from "node:test";

import { ending, newAnswer, takeChunk } from "./model-turn.js";

function all(...chunks) {
  const answer = newAnswer();
  for (const chunk of chunks) takeChunk(answer, typeof chunk === "string" ? chunk : JSON.stringify(chunk));
  return answer;
}
const piece = (content, finish_reason = null, more = {}) => ({ model: "m", choices: [{ delta: { content }, finish_reason }], ...more });

test("pieces add up, with tokens and a good end", () => {
  const answer = all(piece("he"), piece("y", "stop"), { choices: [], usage: { prompt_tokens: 3, completion_tokens: 2 } }, "[DONE]");
  assert.deepEqual([answer.text, answer.usage, ending(answer)], ["hey", { prompt_tokens: 3, completion_tokens: 2 }, null]);
});

test("what a model thinks is no part of its answer", () => {
  assert.equal(all({ choices: [{ delta: { reasoning_content: "hm" } }] }, piece("so", "stop")).text, "so");
});

test("an end that is not good is said in words", () => {
  const words = (...chunks) => ending(all(...chunks));
  assert.match(words(piece("a", "length", { attach: { reason: "token_quota" } }), "[DONE]"), /tokens are used up/);
  assert.equal(words(piece("a"), "[DONE]"), null);
  assert.match(words(piece("a", "length")), /greatest length/);
  assert.match(words(piece("a", "tool_calls")), /tool_calls/);
  assert.match(words(piece("a")), /ended before the answer/);
  assert.match(words(piece("a"), { error: { message: "out of memory" } }), /out of memory/);
  assert.match(words({ error: "gone" }), /gone/);
});

test("no chunk is too odd to be read", () => {
  for (const odd of [null, 7, [], {}, { choices: [null] }, { choices: [{ delta: { content: 7 } }], usage: [], model: {} }, { error: {} }]) all(odd);
});
