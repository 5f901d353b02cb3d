// Run with `node --test web/js/`; the page does not load this file.

import assert from "node:assert/strict";
import { test } from "node:test";

import { extent, rowsOf } from "./rows.js";

const task = (id, parent, from, to, more = {}) => ({
  task_id: id, parent, target: id, created_ms: from, updated_ms: to, state_name: "completed",
  attempts: [{ attempt: 1, started: from, ended: to, outcome: "completed" }], ...more,
});
const call = (id, started, duration_ms) => ({ task_id: id, usage_id: `u${started}`, started, duration_ms, model: "m" });
const tree = (tasks, calls = [], memory = []) => ({ root: tasks[0].task_id, tasks, calls, memory });
const shape = (rows) => rows.map((row) => `${"  ".repeat(row.level)}${row.kind} ${row.task.task_id} ${row.start}`);

test("a hand-off: what an agent did stands under it, in order, with whom it handed on to", () => {
  const rows = rowsOf(tree(
    [task("p", undefined, 0, 100), task("c", "p", 40, 90)],
    [call("c", 50, 30), call("p", 5, 20)],
    [{ task_id: "p", at: 30, duration_ms: 2, op: "write" }],
  ));
  assert.deepEqual(shape(rows), [
    "task p 0", "  attempt p 0", "  call p 5", "  memory p 30",
    "  task c 40", "    attempt c 40", "    call c 50",
  ]);
});

test("with several tries each has its own below it", () => {
  const attempts = [
    { attempt: 1, started: 0, ended: 20, outcome: "retry" },
    { attempt: 2, started: 50, ended: null, outcome: null },
  ];
  const rows = rowsOf(tree([task("p", undefined, 0, 60, { attempts, state_name: "working" })], [call("p", 55, 3), call("p", 5, 3)]));
  assert.deepEqual(shape(rows), ["task p 0", "  attempt p 0", "    call p 5", "  attempt p 50", "    call p 55"]);
  assert.deepEqual(rows.map((row) => row.end), [null, 20, 8, null, 58]);
});

test("what has no known parent is shown all the same", () => {
  const rows = rowsOf(tree([task("a", undefined, 0, 1), task("b", "gone", 0, 1)]));
  assert.deepEqual(rows.filter((row) => row.kind === "task").map((row) => row.task.task_id), ["a", "b"]);
});

test("every task, call and memory of a random tree has one row, below its task, and keys differ", () => {
  for (let turn = 0; turn < 60; turn += 1) {
    const tasks = Array.from({ length: 1 + (turn % 30) }, (_, n) =>
      task(`t${n}`, n === 0 ? undefined : `t${Math.floor(Math.random() * n)}`, n * 3, n * 3 + 50));
    const any = () => tasks[Math.floor(Math.random() * tasks.length)].task_id;
    const calls = Array.from({ length: turn }, (_, n) => ({ ...call(any(), n, 5), usage_id: n }));
    const memory = Array.from({ length: turn }, () => ({ task_id: any(), at: 5, duration_ms: 0, op: "read" }));
    const rows = rowsOf(tree(tasks, calls, memory));
    assert.equal(rows.length, tasks.length * 2 + calls.length + memory.length);
    assert.equal(new Set(rows.map((row) => row.key)).size, rows.length);
    const levels = new Map(rows.filter((row) => row.kind === "task").map((row) => [row.task.task_id, row.level]));
    for (const row of rows) if (row.kind !== "task") assert.equal(row.level, levels.get(row.task.task_id) + 1);
  }
});

test("the axis goes from the first begin to the last end, or to now while something runs", () => {
  assert.deepEqual(extent(rowsOf(tree([task("p", undefined, 10, 100)])), 500), { from: 10, to: 100 });
  assert.deepEqual(extent(rowsOf(tree([task("p", undefined, 10, 100, { state_name: "working", attempts: [] })])), 500), { from: 10, to: 500 });
});

test("a workflow of which nobody knows when it began goes along with its task", () => {
  const rows = rowsOf(tree([task("p", undefined, 5, 9, { workflow: { started: null, ended: null } })]));
  assert.deepEqual(rows.map((row) => [row.kind, row.start, row.end]), [["task", 5, 9], ["workflow", 5, 9], ["attempt", 5, 9]]);
});
