// Run with `node --test web/js/`; the page does not load this file.

import assert from "node:assert/strict";
import { test } from "node:test";

import { rowsOf } from "./rows.js";
import { label, since, tail, titleOf } from "./sentences.js";

test("a task is called what was asked", () => {
  assert.equal(titleOf({ title: " Sort\n a list ", target: "coder" }), "Sort a list");
  assert.equal(titleOf({ input: "hello", target: "coder" }), "hello");
  assert.equal(titleOf({ input: { messages: 7 }, target: "coder" }), "Task for coder");
  assert.ok(titleOf({ title: "x".repeat(1000) }).length < 170);
});

test("a row is a sentence: what, when it began, how long, how it ended", () => {
  const attempts = [{ attempt: 1, started: 0, ended: 500, outcome: "failed" }];
  const call = { task_id: "p", usage_id: "u", started: 1200, duration_ms: 3400, model: "gemma", tokens_in: 4120, tokens_out: 96 };
  const tree = {
    root: "p", tasks: [{ task_id: "p", target: "p", state_name: "failed", created_ms: 0, updated_ms: 5000, attempts }],
    calls: [{ ...call, outcome: "failed", status: 502 }],
    memory: [{ task_id: "p", at: 900, duration_ms: 3, op: "write", event_id: "e", title: "Plan", found: null }],
  };
  const rows = rowsOf(tree);
  assert.deepEqual(rows.map((row) => label(row).filter(Boolean).join(" ") + since(row, 0) + tail(row, 9000)), [
    "p, began after 0 ms, took 5.0 s, failed",
    "Try 1, began after 0 ms, took 500 ms, failed",
    "Wrote “Plan”, began after 900 ms, took 3 ms",
    "gemma 4,120 → 96 tokens, began after 1.2 s, took 3.4 s, failed, HTTP 502",
  ]);
  assert.equal(since({ ...rows[0], end: null }, 0) + tail({ ...rows[1], end: null, item: {} }, 9000), ", began after 0 ms, goes on for 9.0 s, working");
});
