// Run with `node --test web/js/`; the page does not load this file.

import assert from "node:assert/strict";
import { test } from "node:test";

import { verdict } from "./verdict.js";

const task = (id, parent, state_name, from, to, attempts, detail = null) => ({
  task_id: id, parent, target: id, state_name, created_ms: from, updated_ms: to, attempts, detail,
});
const tried = (...outcomes) => outcomes.map((outcome, index) => ({
  attempt: index + 1, started: index * 1000, ended: outcome === null ? null : index * 1000 + 500, outcome,
  detail: outcome === "completed" ? null : "connection refused",
}));
function judge(tasks, id = tasks[0].task_id, now = 12_100) {
  return verdict({ root: tasks[0].task_id, tasks, calls: [], memory: [] }, id, now);
}

test("a failure says how often it was tried and why", () => {
  const it = judge([task("coder", undefined, "failed", 0, 12_100, tried("retry", "retry", "failed"), "engine local: connection refused.")]);
  assert.equal(it.text, "Failed after 12 s, after 3 tries: engine local: connection refused.");
  assert.equal(it.cause, "coder");
});

test("a failure further down is named, with whom it was", () => {
  const it = judge([
    task("planner", undefined, "failed", 0, 12_100, tried("failed"), "the coder failed"),
    task("tester", "planner", "completed", 0, 500, tried("completed")),
    task("coder", "planner", "failed", 1000, 11_000, tried("retry", "failed"), "the coder did not answer (connection refused)"),
  ]);
  assert.equal(it.text, "Failed after 12 s. Coder failed after 2 tries: the coder did not answer (connection refused).");
  assert.equal(it.cause, "coder");
});

test("where the agent only says that it failed, its engine says more", () => {
  const tasks = [task("p", undefined, "failed", 0, 5000, tried("failed"), "agent answered 503")];
  const call = (started, outcome, status) => ({ task_id: "p", started, duration_ms: 5, model: "gemma", outcome, status });
  const text = (...calls) => verdict({ root: "p", tasks, calls }, "p", 0).text;
  assert.equal(text(call(9, "failed", 502), call(1, "finished", 200)),
    "Failed after 5.0 s: agent answered 503. Its last engine call (gemma): failed, HTTP 502.");
  assert.equal(text(call(9, "finished", 200), call(1, "failed", 502)), "Failed after 5.0 s: agent answered 503.");
  assert.equal(text(call(9, "cut", 200)), "Failed after 5.0 s: agent answered 503. Its last engine call (gemma): cut off.");
});

test("a child that failed after its parent had ended is not to blame", () => {
  const it = judge([
    task("planner", undefined, "failed", 0, 5000, tried("failed"), "out of patience"),
    task("coder", "planner", "failed", 1000, 11_000, tried("failed"), "late"),
  ]);
  assert.equal(it.text, "Failed after 5.0 s: out of patience.");
});

test("done, canceled, turned down", () => {
  assert.equal(judge([task("p", undefined, "completed", 0, 12_100, tried("completed"))]).text, "Done in 12 s.");
  assert.equal(judge([task("p", undefined, "completed", 0, 12_100, tried("retry", "completed"))]).text, "Done in 12 s, after 2 tries.");
  assert.equal(judge([
    task("p", undefined, "canceled", 0, 4200, tried("canceled")),
    task("coder", "p", "canceled", 10, 4200, tried("canceled")),
  ]).text, "Canceled after 4.2 s.");
  assert.equal(judge([task("p", undefined, "rejected", 0, 1000, tried("rejected"), "not mine")]).text, "Turned down after 1.0 s: not mine.");
});

test("what goes on is said of the one who has it", () => {
  const planner = task("planner", undefined, "working", 0, 0, tried(null));
  assert.equal(judge([planner]).text, "Running for 12 s. Planner has been at work for 12 s.");
  assert.equal(judge([planner, task("coder", "planner", "submitted", 12_000, 12_000, [])]).text,
    "Running for 12 s. Coder is waited for.");
  assert.equal(judge([planner, task("coder", "planner", "working", 0, 0, tried("retry"), "connection refused")]).text,
    "Running for 12 s. Coder did not succeed and is tried again soon: connection refused.");
  assert.equal(judge([planner, task("coder", "planner", "input-required", 0, 0, tried("input-required"))]).text,
    "Running for 12 s. Coder asks back and waits for an answer.");
});

test("details that are long, empty or nonsense do not break the sentence", () => {
  assert.equal(judge([task("p", undefined, "failed", 0, 1000, [])]).text, "Failed after 1.0 s: no reason was given.");
  assert.ok(judge([task("p", undefined, "failed", 0, 1000, [], "x".repeat(100_000))]).text.length < 500);
});
