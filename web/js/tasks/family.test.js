// Run with `node --test web/js/`; the page does not load this file.

import assert from "node:assert/strict";
import { test } from "node:test";

import { extent, fromStatus, kin, path, rowsOf, triesOf, under } from "./family.js";
import { spend } from "./spend.js";

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

test("what has no known parent, or is its own, is shown all the same, once", () => {
  const rows = rowsOf(tree([task("a", "gone", 0, 1), task("b", "c", 0, 1), task("c", "b", 0, 1), task("d", "d", 0, 1)]));
  const names = rows.filter((row) => row.kind === "task").map((row) => row.task.task_id);
  assert.deepEqual(names.sort(), ["a", "b", "c", "d"]);
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

test("the way down to a task, and all below one", () => {
  const family = kin(tree([task("a", undefined, 0, 9), task("b", "a", 1, 8), task("c", "b", 2, 7), task("d", "a", 3, 4)]));
  assert.deepEqual(path("c", family).map((each) => each.task_id), ["a", "b", "c"]);
  assert.deepEqual(under("a", family).map((each) => each.task_id).sort(), ["a", "b", "c", "d"]);
  assert.deepEqual(under("nobody", family), []);
});

test("each moment counts once: calls at the same time, a child's work, memory, waiting", () => {
  const sums = spend(tree(
    [
      task("p", undefined, 0, 100, { attempts: [{ attempt: 1, started: 10, ended: 100 }] }),
      task("c", "p", 40, 90, { attempts: [{ attempt: 1, started: 50, ended: 90 }] }),
    ],
    [call("c", 60, 20), call("c", 70, 15), call("p", 12, 8)],
    [{ task_id: "p", at: 18, duration_ms: 4, op: "read" }],
  ), "p", 1000);
  // Waiting: 0 to 10, and 40 to 50 for the child to be taken.
  assert.deepEqual(sums, { whole: 100, engine: 33, memory: 2, agents: 100 - 33 - 2 - 20, waiting: 20 });
});

test("the parts are the whole, in any tree", () => {
  for (let turn = 0; turn < 200; turn += 1) {
    const at = () => Math.floor(Math.random() * 120);
    const tasks = Array.from({ length: 1 + (turn % 9) }, (_, n) =>
      task(`t${n}`, n === 0 ? undefined : `t${Math.floor(Math.random() * n)}`, at(), 40 + at(), turn % 2 ? {} : { state_name: "working" }));
    const calls = Array.from({ length: turn % 12 }, () => call(tasks[at() % tasks.length].task_id, at(), at()));
    const sums = spend(tree(tasks, calls), "t0", 130);
    const { whole, engine, memory, agents, waiting } = sums;
    assert.ok([engine, memory, agents, waiting].every((part) => part >= 0), JSON.stringify(sums));
    assert.equal(engine + memory + agents + waiting, whole);
  }
});

test("attempts that asked back or were given back are no tries", () => {
  const attempts = ["released", "input-required", "lost", "retry", null].map((outcome, n) => ({ attempt: n + 1, started: n, ended: null, outcome }));
  assert.equal(triesOf({ attempts }), 3);
  assert.equal(triesOf({}), 0);
});

test("a task known by its status alone is a row like others", () => {
  const alone = fromStatus({ task_id: "x", parent: "gone", target: "coder", state: "error", created: 1.5, updated: 2.25 });
  const [row] = rowsOf(tree([task("p", undefined, 0, 9), alone])).filter((each) => each.task.task_id === "x");
  assert.deepEqual([row.start, row.end, row.item.state_name], [1500, 2250, "failed"]);
});

test("a workflow of which nobody knows when it began goes along with its task", () => {
  const rows = rowsOf(tree([task("p", undefined, 5, 9, { workflow: { started: null, ended: null } })]));
  assert.deepEqual(rows.map((row) => [row.kind, row.start, row.end]), [["task", 5, 9], ["workflow", 5, 9], ["attempt", 5, 9]]);
});
