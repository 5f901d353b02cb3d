// Makes the rows of the waterfall of what the gateway says of a hand-off.
//
// A row is `{ key, kind, level, start, end, task, item }`: `kind` is `task`, `attempt`, `call`,
// `memory` or `workflow`, `end` null while it goes on, `item` what the gateway said of it.

import { familyOf } from "../base/handoff.js";
import { endOf } from "../base/took.js";

/** Every row, in the order of the waterfall. */
export function rowsOf(tree) {
  const tasks = familyOf(tree);
  const rows = [];
  for (const task of tasks.values()) if (!tasks.has(task.parent)) add(task, 0);
  return rows;

  function add(task, level) {
    const tries = triesIn(task);
    const own = [...task.calls.map(callRow), ...task.memory.map(memoryRow), ...task.children.map(taskRow)];
    rows.push({ ...taskRow(task), level });
    if (task.workflow) rows.push({ ...workflowRow(task), level: level + 1 });
    // One try alone stands beside what happened in it; several have it below them.
    const isIn = (row) => tries.length > 1 && row.kind !== "attempt" && row.start >= tries[0].start;
    for (const row of [...tries, ...own].sort((a, b) => a.start - b.start)) {
      const depth = level + (isIn(row) ? 2 : 1);
      if (row.kind === "task") add(row.task, depth);
      else rows.push({ ...row, task, level: depth });
    }
  }
}

const taskRow = (task) =>
  ({ key: `task:${task.task_id}`, kind: "task", start: task.created_ms, end: endOf(task), task, item: task });

const workflowRow = (task) => ({
  key: `workflow:${task.task_id}`, kind: "workflow", task, item: task.workflow,
  start: task.workflow.started ?? task.created_ms, end: task.workflow.ended ?? endOf(task),
});

const callRow = (item) =>
  ({ key: `call:${item.usage_id}`, kind: "call", start: item.started, end: item.started + item.duration_ms, item });

const memoryRow = (item, index) =>
  ({ key: `memory:${item.task_id}:${item.at}:${item.op}:${index}`, kind: "memory", start: item.at, end: item.at + item.duration_ms, item });

export const triesIn = (task) => task.attempts.map((item, index) =>
  ({ key: `attempt:${task.task_id}:${index}`, kind: "attempt", start: item.started, end: item.ended ?? endOf(task), item }));

/** From when to when the rows go; what goes on does so until `now`. */
export function extent(rows, now) {
  return { from: Math.min(...rows.map((row) => row.start)), to: Math.max(...rows.map((row) => row.end ?? now)) };
}
