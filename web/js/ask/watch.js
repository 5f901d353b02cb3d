// Follows a request and all it is handed on to: the tree tells how they stand, their events what happened.

import { history, tree } from "../base/api.js";
import { all, familyOf } from "../base/handoff.js";
import { isOver } from "../base/state.js";
import { follow, mayPass, pause } from "../base/stream.js";

const LOOK_MS = 1000;
const GAP_MS = 200;
/** Tasks whose events are read each time it is looked, at most. */
const MOST = 40;
/** Events that change nothing in the tree. */
const QUIET = new Set(["status", "artifact"]);

/**
 * `onTree(tree)` gets the hand-off as it stands, `onEvent(event, task)` each thing that happened, once. `isSeen()` says
 * whether anybody looks. Resolves once the request `id` has ended.
 */
export async function watch(id, { signal, isSeen, onTree, onEvent }) {
  const over = new AbortController();
  const both = AbortSignal.any([signal, over.signal]);
  /** The number of the last event of each task, and how it stood when its events were read. */
  const last = new Map();
  const stood = new Map();
  let ear = null;
  let lookAgain = () => {};

  function take(event, task) {
    if (event.seq <= (last.get(task.task_id) ?? 0)) return;
    last.set(task.task_id, event.seq);
    onEvent(event, task);
  }

  /** Reads what has happened to a task since it was last told. */
  async function read(task) {
    try {
      for (let next = true; next !== null;) {
        const page = await history(task.task_id, last.get(task.task_id), both);
        for (const event of page.events) take(event, task);
        next = page.next;
      }
    } catch (error) {
      if (mayPass(error)) throw error;
    }
    stood.set(task.task_id, standOf(task));
  }

  /** Hears one task, or none: each takes a connection. */
  function listen(task) {
    const [name, stop] = [task?.task_id, new AbortController()];
    if (ear?.name === name) return;
    ear?.stop.abort();
    ear = { name, stop };
    const onEvent = (event) => {
      take(event, task);
      if (!QUIET.has(event.kind)) lookAgain();
    };
    const signal = AbortSignal.any([both, stop.signal]);
    if (name) follow(name, { signal, after: last.get(name), onEvent }).catch(() => {});
  }

  /** Looks how all stands; gives back whether it has ended. */
  async function look() {
    const told = await tree(id, both);
    const tasks = all(familyOf(told).get(id));
    onTree(told);
    listen(isSeen() ? loudest(tasks) : undefined);
    const left = tasks.filter((task) => stood.get(task.task_id) !== standOf(task));
    for (const task of left.slice(0, MOST)) await read(task);
    return isOver(tasks[0]) && left.length <= MOST;
  }

  try {
    for (;;) {
      const hasEnded = await look().catch((error) => {
        signal.throwIfAborted();
        if (!mayPass(error)) throw error;
      });
      if (hasEnded) return;
      await Promise.race([pause(LOOK_MS, both), new Promise((resolve) => { lookAgain = resolve; })]);
      await pause(GAP_MS, both);
    }
  } finally {
    over.abort();
  }
}

/** Who is at work writes what people wait for: of many the last, while the others wait for it. */
const loudest = (tasks) =>
  isOver(tasks[0]) ? undefined : tasks.findLast(({ state_name: state }) => state === "working") ?? tasks[0];

const standOf = ({ state_name: state, updated_ms: at, children, calls, memory }) =>
  [state, at, children.length, calls.length, memory.length].join();
