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
    const tries = task.attempts.map((item, index) =>
      row("attempt", `${task.task_id}:${index}`, item.started, item.ended ?? endOf(task), item));
    rows.push({ ...taskRow(task), task, level });
    if (task.workflow) rows.push({ ...workflowRow(task), task, level: level + 1 });
    // One try alone stands beside what happened in it; several have it below them.
    const isIn = ({ kind, start }) => tries.length > 1 && kind !== "attempt" && start >= tries[0].start;
    const own = [...tries, ...task.calls.map(callRow), ...task.memory.map(memoryRow), ...task.children.map(taskRow)];
    for (const each of own.sort((a, b) => a.start - b.start)) {
      const depth = level + (isIn(each) ? 2 : 1);
      if (each.kind === "task") add(each.item, depth);
      else rows.push({ ...each, task, level: depth });
    }
  }
}

const row = (kind, id, start, end, item) => ({ key: `${kind}:${id}`, kind, start, end, item });

const taskRow = (task) => row("task", task.task_id, task.created_ms, endOf(task), task);
const workflowRow = ({ workflow, ...task }) =>
  row("workflow", task.task_id, workflow.started ?? task.created_ms, workflow.ended ?? endOf(task), workflow);
const callRow = (item) => row("call", item.usage_id, item.started, item.started + item.duration_ms, item);
const memoryRow = (item, index) =>
  row("memory", `${item.task_id}:${item.at}:${item.op}:${index}`, item.at, item.at + item.duration_ms, item);

/** From when to when the rows go, at least a moment; what goes on does so until `now`. */
export function extent(rows, now) {
  const from = Math.min(...rows.map(({ start }) => start));
  return { from, to: Math.max(from + 1, ...rows.map(({ end }) => end ?? now)) };
}
