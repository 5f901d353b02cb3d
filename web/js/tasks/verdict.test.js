// Run with `node --test web/js/`; the page does not load this file.

import assert from "node:assert/strict";
import { test } from "node:test";

import { rowsOf } from "./rows.js";
import { label, rest, tail } from "./sentences.js";
import { verdict } from "./verdict.js";

const task = (id, parent, state_name, from, to, attempts, detail = null) => ({
  task_id: id, parent, target: id, state_name, created_ms: from, updated_ms: to, attempts, detail,
});
const tried = (...outcomes) => outcomes.map((outcome, index) => ({
  attempt: index + 1, started: index * 1000, ended: outcome === null ? null : index * 1000 + 500, outcome,
  detail: outcome === "completed" ? null : "connection refused",
}));
function judge(tasks, id = tasks[0].task_id, now = 12_100) {
  const tree = { root: tasks[0].task_id, tasks, calls: [], memory: [] };
  return { ...verdict(tree, id, now), keys: rowsOf(tree).map((row) => row.key) };
}

test("a failure says how often it was tried and why", () => {
  const it = judge([task("coder", undefined, "failed", 0, 12_100, tried("retry", "retry", "failed"), "engine local: connection refused.")]);
  assert.equal(it.text, "Failed after 3 tries, 12 s: engine local: connection refused.");
  assert.ok(it.keys.includes(it.cause));
});

test("a failure further down is named, with whom it was", () => {
  const it = judge([
    task("planner", undefined, "failed", 0, 12_100, tried("failed"), "the coder failed"),
    task("tester", "planner", "completed", 0, 500, tried("completed")),
    task("coder", "planner", "failed", 1000, 11_000, tried("retry", "failed"), "the coder did not answer (connection refused)"),
  ]);
  assert.equal(it.text, "Failed after 12 s. Coder failed after 2 tries: the coder did not answer (connection refused).");
  assert.equal(it.cause, "attempt:coder:1");
  assert.ok(it.keys.includes(it.cause));
});

test("where the agent only says that it failed, its engine says more", () => {
  const tasks = [task("p", undefined, "failed", 0, 5000, tried("failed"), "agent answered 503")];
  const call = (started, outcome, status) => ({ task_id: "p", started, duration_ms: 5, model: "gemma", outcome, status });
  const text = (...calls) => verdict({ root: "p", tasks, calls }, "p", 0).text;
  assert.equal(text(call(9, "failed", 502), call(1, "finished", 200)),
    "Failed after 5.0 s: agent answered 503. Its last engine call (gemma) failed with HTTP 502. Engine calls took 10 ms.");
  assert.equal(text(call(9, "finished", 200), call(1, "failed", 502)), "Failed after 5.0 s: agent answered 503. Engine calls took 10 ms.");
  assert.equal(text(call(9, "cut", 200)), "Failed after 5.0 s: agent answered 503. Its last engine call (gemma) was cut off. Engine calls took 5 ms.");
});

test("the time of engine calls is said, each moment once", () => {
  const tasks = [task("p", undefined, "completed", 0, 9000, tried("completed")), task("c", "p", "completed", 0, 9000, tried("completed"))];
  const call = (task_id, started, duration_ms) => ({ task_id, started, duration_ms, outcome: "finished" });
  assert.equal(verdict({ root: "p", tasks, calls: [call("c", 2000, 3000), call("p", 1000, 2000), call("c", 7000, 500), call("other", 0, 9)] }, "p", 0).text,
    "Done in 9.0 s. Engine calls took 4.5 s.");
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
    "Running for 12 s. It has been waiting 100 ms for coder to take it.");
  assert.equal(judge([planner, task("coder", "planner", "working", 0, 0, tried("retry"), "connection refused")]).text,
    "Running for 12 s. Coder did not succeed and is tried again soon: connection refused.");
  assert.equal(judge([planner, task("coder", "planner", "input-required", 0, 0, tried("input-required"))]).text,
    "Running for 12 s. Coder asks back and waits for an answer.");
});

test("details that are long, empty or nonsense do not break the sentence", () => {
  assert.equal(judge([task("p", undefined, "failed", 0, 1000, [])]).text, "Failed after 1.0 s: no reason was given.");
  assert.ok(judge([task("p", undefined, "failed", 0, 1000, [], "x".repeat(100_000))]).text.length < 500);
});

test("a row is a sentence: what, when it began, how long, how it ended", () => {
  const tree = {
    root: "p", tasks: [task("p", undefined, "failed", 0, 5000, tried("failed"), "no")],
    calls: [{ task_id: "p", usage_id: "u", started: 1200, first_byte_ms: 300, duration_ms: 3400, model: "gemma", tokens_in: 4120, tokens_out: 96, outcome: "failed", status: 502 }],
    memory: [{ task_id: "p", at: 900, duration_ms: 3, op: "write", event_id: "e", title: "Plan", found: null }],
  };
  const rows = rowsOf(tree);
  assert.deepEqual(rows.map((row) => label(row).filter(Boolean).join(" ") + rest(row, 0, 9000)), [
    "p, task, began after 0 ms, took 5.0 s, failed.",
    "Try 1, began after 0 ms, took 500 ms, failed.",
    "Wrote “Plan”, began after 900 ms, took 3 ms, done.",
    "gemma 4,120 → 96 tokens, engine call, began after 1.2 s, took 3.4 s, failed, HTTP 502.",
  ]);
  assert.deepEqual(rows.map((row) => tail(row, 9000)), ["5.0 s, failed", "500 ms, failed", "3 ms", "3.4 s, failed, HTTP 502"]);
  assert.deepEqual(label(rows[3]), ["gemma", "4,120 → 96 tokens"]);
});
