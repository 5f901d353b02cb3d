// Run with `node --test web/js/`; the page does not load this file.

import assert from "node:assert/strict";
import { test } from "node:test";

import { askingOf, endOf, learn, newRun, rootOf, settle, sums, take } from "./run.js";

const event = (seq, kind, data = null, message = undefined) => ({ seq, at: 1000 + seq, kind, attempt: 1, data, message });
const states = (run) => [...run.tasks.values()].map((task) => [task.target, task.state]);

function handOff() {
  const run = newRun("p");
  take(run, "p", event(1, "submitted", { target: "planner" }));
  take(run, "p", event(2, "working"));
  take(run, "p", event(3, "child", { task_id: "c", target: "coder" }));
  return run;
}

test("a hand-off makes a tree, also with several children", () => {
  const run = handOff();
  take(run, "p", event(4, "child", { task_id: "t", target: "tester" }));
  take(run, "c", event(1, "submitted", { target: "coder", parent: "p" }));
  take(run, "c", event(2, "working"));
  assert.deepEqual(rootOf(run).children.map((task) => task.id), ["c", "t"]);
  assert.deepEqual(states(run), [["planner", "handed"], ["coder", "working"], ["tester", "waiting"]]);
});

test("an event that comes twice counts once", () => {
  const run = handOff();
  assert.equal(take(run, "p", event(2, "working")), null);
  assert.equal(rootOf(run).state, "handed");
});

test("who handed on has the work again once all children have ended", () => {
  const run = handOff();
  take(run, "p", event(4, "child", { task_id: "t", target: "tester" }));
  take(run, "c", event(1, "completed"));
  assert.equal(rootOf(run).state, "handed");
  take(run, "t", event(1, "failed", { detail: "no" }));
  assert.equal(rootOf(run).state, "working");
});

test("only the end of the first task ends the request", () => {
  const run = handOff();
  take(run, "c", event(1, "completed"));
  assert.equal(run.end, null);
  take(run, "p", event(4, "completed"));
  assert.equal(run.end, "completed");
  assert.equal(endOf(run), 1004);
});

test("an agent asks, and is answered", () => {
  const run = handOff();
  take(run, "c", event(1, "input-required", null, { parts: [{ text: "Which?" }, { data: 1 }] }));
  assert.deepEqual([askingOf(run).id, askingOf(run).asks], ["c", { text: "Which?", login: false }]);
  take(run, "c", event(2, "message", null, { parts: [{ text: "That" }] }));
  assert.equal(askingOf(run), null);
  take(run, "c", event(3, "auth-required"));
  assert.equal(askingOf(run).asks.login, true);
  take(run, "p", event(4, "canceled"));
  assert.equal(askingOf(run), null);
});

test("of an artifact only the first piece is news", () => {
  const run = handOff();
  const piece = (seq) => take(run, "p", event(seq, "artifact", { artifact: { artifactId: "a", parts: [] } }));
  assert.deepEqual([piece(4).more, piece(5).more], [false, true]);
  assert.equal(take(run, "p", event(6, "artifact")).more, true);
});

test("the status brings the result and the times", () => {
  const run = handOff();
  settle(run, { state: "done", target: "planner", created: 1, updated: 2, result: { a: 1 } });
  assert.deepEqual([run.result, run.end, endOf(run)], [{ a: 1 }, "completed", 2000]);
});

test("the status of a failed task brings the reason", () => {
  const run = newRun("p");
  settle(run, { state: "error", result: { detail: "engine down" }, created: 1, updated: 2 });
  assert.deepEqual([run.end, run.detail], ["failed", "engine down"]);
});

test("the tree brings tasks that were not heard of, and the calls of engines", () => {
  const run = handOff();
  learn(run, {
    tasks: [
      { task_id: "d", parent: "c", depth: 2, target: "linter", state_name: "working", created_ms: 5 },
      { task_id: "p", depth: 0, target: "planner", state_name: "working" },
      { task_id: "c", parent: "p", depth: 1, target: "coder", state_name: "completed", updated_ms: 9 },
      { task_id: "x", parent: "elsewhere", depth: 1, target: "other", state_name: "working" },
    ],
    calls: [
      { task_id: "c", tokens_in: 3, tokens_out: 4, duration_ms: 10 },
      { task_id: "p", tokens_in: 1, tokens_out: null, duration_ms: 20 },
      { task_id: "x", tokens_in: 9, tokens_out: 9, duration_ms: 9 },
    ],
  });
  assert.deepEqual(states(run), [["planner", "handed"], ["coder", "done"], ["linter", "working"]]);
  assert.deepEqual(sums(run), { calls: 2, in: 4, out: 4, ms: 30 });
});
