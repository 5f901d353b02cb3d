// Where the time of a task went: each moment counts once, for the most telling thing that went on.

import { endOf, kin, under } from "./family.js";
import { clip, join, total, without } from "./intervals.js";

/**
 * `{ whole, engine, memory, agents, waiting }` in milliseconds, of task `id` and all below it.
 * Engines come before memory, memory before the agents' own work; the rest is waiting.
 */
export function spend(tree, id, now) {
  const family = kin(tree);
  const task = family.tasks.get(id);
  const from = task.created_ms;
  const to = Math.max(from, endOf(task) ?? now);
  const mine = under(id, family);
  const ids = new Set(mine.map((each) => each.task_id));
  const lasted = (items, start) => items.filter((item) => ids.has(item.task_id))
    .map((item) => [start(item), start(item) + (item.duration_ms ?? 0)]);

  const layers = [
    lasted(tree.calls ?? [], (call) => call.started),
    lasted(tree.memory ?? [], (item) => item.at),
    mine.flatMap((each) => ownWork(each, family, now)),
  ];
  const whole = to - from;
  const sums = [];
  let covered = [];
  for (const layer of layers) {
    const before = total(covered);
    covered = join([...covered, ...clip(layer, from, to)]);
    sums.push(total(covered) - before);
  }
  const [engine, memory, agents] = sums;
  return { whole, engine, memory, agents, waiting: Math.max(0, whole - total(covered)) };
}

/** When an agent worked itself: while it was called, but for the time its children took. */
function ownWork(task, family, now) {
  const end = endOf(task) ?? now;
  const called = (task.attempts ?? []).map((attempt, index, all) =>
    [attempt.started, attempt.ended ?? all[index + 1]?.started ?? end]);
  return without(called, family.below(task.task_id).map((child) => [child.created_ms, endOf(child) ?? now]));
}
