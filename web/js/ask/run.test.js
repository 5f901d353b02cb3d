// Run with `node --test web/js/`; the page does not load this file.

import assert from "node:assert/strict";
import { test } from "node:test";

import { answerOf, chain, newRun, settle, take } from "./run.js";

const event = (seq, kind, data = null, at = 1000 + seq) => ({ seq, at, kind, attempt: 1, data });

function handOff() {
  const run = newRun("p");
  take(run, "p", event(1, "submitted", { target: "planner" }));
  take(run, "p", event(2, "working"));
  take(run, "p", event(3, "child", { task_id: "c", target: "coder" }));
  return run;
}

test("a hand-off makes a chain of two", () => {
  const run = handOff();
  take(run, "c", event(1, "submitted", { target: "coder", parent: "p" }));
  take(run, "c", event(2, "working"));
  assert.deepEqual(
    chain(run).map((task) => [task.target, task.state]),
    [["planner", "handed"], ["coder", "working"]],
  );
});

test("an event that comes twice counts once", () => {
  const run = handOff();
  assert.equal(take(run, "p", event(2, "working")), null);
  assert.equal(run.log.length, 3);
  assert.equal(chain(run)[0].state, "handed");
});

test("a second hand-off takes the place of the first", () => {
  const run = handOff();
  take(run, "c", event(1, "failed", { detail: "no" }));
  take(run, "p", event(4, "child", { task_id: "d", target: "coder" }));
  assert.deepEqual(chain(run).map((task) => task.id), ["p", "d"]);
});

test("only the end of the first task ends the request", () => {
  const run = handOff();
  take(run, "c", event(1, "completed"));
  assert.equal(run.end, null);
  take(run, "p", event(4, "completed"));
  assert.equal(run.end, "completed");
});

test("the status brings the answer and where plan and code are", () => {
  const run = handOff();
  settle(run, {
    state: "done",
    target: "planner",
    created: 1,
    updated: 2,
    result: {
      choices: [{ message: { content: "x" } }],
      attach: { plan_id: "m1", code_id: "m2" },
    },
  });
  assert.deepEqual(answerOf(run), { text: "x", plan: "m1", code: "m2" });
  assert.equal(chain(run)[0].endedAt, 2000);
});

test("the status of a failed task brings the reason", () => {
  const run = newRun("p");
  settle(run, { state: "error", result: { detail: "engine down" }, created: 1, updated: 2 });
  assert.equal(run.end, "failed");
  assert.equal(run.detail, "engine down");
  assert.equal(answerOf(run).text, "");
});
