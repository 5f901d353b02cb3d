// Makes the rows of the waterfall of what the gateway says of a hand-off.
//
// A row is `{ key, kind, level, start, end, task, item }`: `kind` is `task`, `attempt`, `call`,
// `memory` or `workflow`, `end` null while it goes on, `item` what the gateway said of it.

const OVER = new Set(["completed", "failed", "canceled", "rejected"]);

export const isOver = (task) => OVER.has(task.state_name);
export const isBad = (task) => task.state_name === "failed" || task.state_name === "rejected";
export const endOf = (task) => (isOver(task) ? task.updated_ms : null);

/** How often it was really tried: attempts that were given back, or that asked back, are none. */
export const triesOf = (task) => (task.attempts ?? []).filter(({ outcome }) => !NO_TRIES.has(outcome)).length;
const NO_TRIES = new Set(["released", "input-required", "auth-required"]);

/** A task that the gateway left out of a tree that is too large, as its status tells of it. */
export function fromStatus(status) {
  const names = { queued: "submitted", in_progress: "working", done: "completed", error: "failed" };
  return {
    ...status, state_name: names[status.state] ?? status.state, attempts: [], workflow: null, input: null,
    created_ms: Math.round(status.created * 1000), updated_ms: Math.round(status.updated * 1000),
  };
}

/** The tasks by id, each with its children in the order in which they came. */
export function kin(tree) {
  const tasks = new Map(tree.tasks.map((task) => [task.task_id, task]));
  const children = new Map();
  const firsts = [];
  for (const task of [...tasks.values()].sort((a, b) => a.created_ms - b.created_ms)) {
    const known = task.parent && task.parent !== task.task_id && tasks.has(task.parent);
    if (!known) firsts.push(task);
    else if (children.has(task.parent)) children.get(task.parent).push(task);
    else children.set(task.parent, [task]);
  }
  firsts.sort((a, b) => Number(b.task_id === tree.root) - Number(a.task_id === tree.root));
  return { tasks, firsts, below: (id) => children.get(id) ?? [] };
}

/** `id` and all it was handed on to, however far. */
export function under(id, { tasks, below }) {
  const found = new Set();
  const waiting = tasks.has(id) ? [id] : [];
  while (waiting.length > 0) {
    const next = waiting.pop();
    if (found.has(next)) continue;
    found.add(next);
    waiting.push(...below(next).map((task) => task.task_id));
  }
  return [...found].map((each) => tasks.get(each));
}

/** The way from the first task down to `id`. */
export function path(id, { tasks }) {
  const way = [];
  for (let at = tasks.get(id); at && !way.includes(at); at = tasks.get(at.parent)) way.unshift(at);
  return way;
}

/** Every row, in the order of the waterfall. */
export function rowsOf(tree) {
  const family = kin(tree);
  const things = byTask(tree);
  const rows = [];
  const seen = new Set();
  for (const first of family.firsts) add(first, 0);
  // What only names itself, or one another, as its parent is shown all the same.
  for (const task of family.tasks.values()) add(task, 0);
  return rows;

  function add(task, level) {
    if (seen.has(task.task_id)) return;
    seen.add(task.task_id);
    rows.push(row("task", task.task_id, level, task, task, task.created_ms, endOf(task)));
    if (task.workflow) {
      const { started, ended } = task.workflow;
      rows.push(row("workflow", task.task_id, level + 1, task, task.workflow, started ?? task.created_ms, ended ?? endOf(task)));
    }
    const own = [...(things.get(task.task_id) ?? []), ...family.below(task.task_id).map(child)];
    for (const each of nested(task, own)) {
      each.level += level;
      if (each.kind === "task") add(each.task, each.level);
      else rows.push(each);
    }
  }
}

const row = (kind, name, level, task, item, start, end) =>
  ({ key: `${kind}:${name}`, kind, level, start, end, task, item });

const child = (task) => ({ kind: "task", level: 0, task, start: task.created_ms });

/** Attempts and what happened in them, each one level below; where there was one attempt only, all stand side by side. */
function nested(task, own) {
  const attempts = attemptRows(task);
  own.sort((a, b) => a.start - b.start);
  if (attempts.length < 2) return below(1, [...attempts, ...own]);
  const rows = below(1, own.filter((each) => each.start < attempts[0].start));
  attempts.forEach((attempt, index) => {
    const until = attempts[index + 1]?.start ?? Infinity;
    rows.push(...below(1, [attempt]), ...below(2, own.filter((each) => each.start >= attempt.start && each.start < until)));
  });
  return rows;
}

function below(levels, rows) {
  for (const each of rows) each.level = levels;
  return rows;
}

function attemptRows(task) {
  return [...(task.attempts ?? [])].sort((a, b) => a.started - b.started).map((attempt, index, all) => {
    const end = attempt.ended ?? (index < all.length - 1 ? all[index + 1].started : endOf(task));
    return row("attempt", `${task.task_id}:${attempt.attempt}:${index}`, 0, task, attempt, attempt.started, end);
  });
}

/** Engine calls and what was read from and written to memory, by task. */
function byTask(tree) {
  const tasks = new Map(tree.tasks.map((task) => [task.task_id, task]));
  const found = new Map();
  const put = (kind, name, item, start) => {
    const task = tasks.get(item.task_id);
    if (!task) return;
    const made = row(kind, name, 0, task, item, start, start + (item.duration_ms ?? 0));
    if (found.has(item.task_id)) found.get(item.task_id).push(made);
    else found.set(item.task_id, [made]);
  };
  for (const call of tree.calls ?? []) put("call", call.usage_id, call, call.started);
  (tree.memory ?? []).forEach((item, index) =>
    put("memory", `${item.task_id}:${item.at}:${item.op}:${item.event_id ?? ""}:${index}`, item, item.at));
  return found;
}

/** From when to when the rows go; what goes on does so until `now`. */
export function extent(rows, now) {
  let from = Infinity;
  let to = -Infinity;
  for (const each of rows) {
    from = Math.min(from, each.start);
    to = Math.max(to, each.end ?? now);
  }
  return rows.length === 0 ? { from: now, to: now } : { from, to };
}
