// Makes the rows of the waterfall of what the gateway says of a hand-off.
//
// A row is `{ key, kind, level, start, end, task, item }`: `kind` is `task`, `attempt`, `call`,
// `memory` or `workflow`, `end` null while it goes on, `item` what the gateway said of it.

const OVER = new Set(["completed", "failed", "canceled", "rejected"]);
const NO_TRIES = new Set(["released", "input-required", "auth-required"]);

export const isOver = (task) => OVER.has(task.state_name);
export const isBad = (task) => task.state_name === "failed" || task.state_name === "rejected";
export const endOf = (task) => (isOver(task) ? task.updated_ms : null);

/** How often it was really tried: attempts that were given back, or that asked back, are none. */
export const triesOf = (task) => task.attempts.filter(({ outcome }) => !NO_TRIES.has(outcome)).length;

/** Gives a function for the children of a task (`null`: those without a known parent), in the order in which they came. */
export function childrenIn({ tasks }) {
  const ids = new Set(tasks.map((task) => task.task_id));
  const ordered = [...tasks].sort((a, b) => a.created_ms - b.created_ms);
  return grouped(ordered, (task) => (ids.has(task.parent) ? task.parent : null));
}

function grouped(items, keyOf) {
  const groups = new Map();
  for (const item of items) {
    const key = keyOf(item);
    if (!groups.has(key)) groups.set(key, []);
    groups.get(key).push(item);
  }
  return (key) => groups.get(key) ?? [];
}

/** A task and all it was handed on to, however far. */
export const under = (task, childrenOf) =>
  [task, ...childrenOf(task.task_id).flatMap((child) => under(child, childrenOf))];

/** Every row, in the order of the waterfall. */
export function rowsOf(tree) {
  const childrenOf = childrenIn(tree);
  const thingsOf = grouped([...tree.calls.map(callRow), ...tree.memory.map(memoryRow)], (row) => row.item.task_id);
  const rows = [];
  for (const first of childrenOf(null)) add(first, 0);
  return rows;

  function add(task, level) {
    const tries = triesIn(task);
    const own = [...thingsOf(task.task_id), ...childrenOf(task.task_id).map(taskRow)];
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
  ({ key: `memory:${item.at}:${item.op}:${index}`, kind: "memory", start: item.at, end: item.at + item.duration_ms, item });

export const triesIn = (task) => task.attempts.map((item, index) =>
  ({ key: `attempt:${task.task_id}:${index}`, kind: "attempt", start: item.started, end: item.ended ?? endOf(task), item }));

/** From when to when the rows go; what goes on does so until `now`. */
export function extent(rows, now) {
  return { from: Math.min(...rows.map((row) => row.start)), to: Math.max(...rows.map((row) => row.end ?? now)) };
}
