// Where the time of a task went: each moment counts once, for the most telling thing that went on.

import { childrenIn, endOf, triesIn, under } from "./family.js";

/** Engines come before memory, memory before waiting; the rest is the agents' own work. */
const KINDS = ["engine", "memory", "waiting"];

/** `{ whole, engine, memory, waiting, agents }` in milliseconds, of a task and all below it. */
export function spend(tree, task, now) {
  const childrenOf = childrenIn(tree);
  const mine = under(task, childrenOf);
  const ids = new Set(mine.map((each) => each.task_id));
  const isMine = (item) => ids.has(item.task_id);
  const [from, to] = [task.created_ms, endOf(task) ?? now];
  const within = (at) => Math.max(from, Math.min(to, at));
  const edges = [
    ...tree.calls.filter(isMine).map((call) => ["engine", call.started, call.started + call.duration_ms]),
    ...tree.memory.filter(isMine).map((item) => ["memory", item.at, item.at + item.duration_ms]),
    ...mine.flatMap((each) => waits(each, childrenOf(each.task_id), now)),
  ].flatMap(([kind, start, end]) => [{ at: within(start), kind, more: 1 }, { at: within(end), kind, more: -1 }]);

  const sums = { whole: to - from, engine: 0, memory: 0, waiting: 0, agents: 0 };
  const open = { engine: 0, memory: 0, waiting: 0 };
  let last = from;
  for (const { at, kind, more } of [...edges.sort((a, b) => a.at - b.at), { at: to, kind: "waiting", more: 0 }]) {
    sums[KINDS.find((each) => open[each] > 0) ?? "agents"] += at - last;
    open[kind] += more;
    last = at;
  }
  return sums;
}

/** When nobody had a task, nor anything it was handed on as: before, between and after its tries. */
function waits(task, children, now) {
  const end = endOf(task) ?? now;
  const tries = triesIn(task);
  const from = [task.created_ms, ...tries.map((row) => row.end ?? end)];
  const to = [...tries.map((row) => row.start), end];
  return from.map((start, index) => ["waiting", start, to[index]])
    .filter(([, start, until]) => until > start && !children.some((child) => child.created_ms < until && (endOf(child) ?? now) > start));
}
