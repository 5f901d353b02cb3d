// Follows a request and everything it is handed on to: the tree tells how all stands, the events
// of each task tell what happened, and when to look at the tree again.

import { status, tree } from "../base/api.js";
import { all } from "../base/handoff.js";
import { follow, mayPass, pause } from "../base/stream.js";
import { isOver } from "../base/state.js";
import { askingIn, rootOf } from "./run.js";

/** Tasks whose events are heard at the same time: browsers open six connections to one place. */
const MOST = 3;
const LOOK_MS = 3000;
const GAP_MS = 100;
/** How long the last events are waited for, which come on connections of their own. */
const LAST_MS = 1000;
/** Events that change nothing in the tree. */
const QUIET = new Set(["status", "artifact"]);

/**
 * `onTree(root)` gets the request as it stands, `onEvent(event, task)` each thing that happened, once.
 * Resolves once it has ended, with what the status call says.
 */
export async function watch(id, { signal, onTree, onEvent }) {
  const over = new AbortController();
  const both = AbortSignal.any([signal, over.signal]);
  const heard = new Set();
  const open = new Set();
  let tasks = [];
  let news = Promise.withResolvers();

  function listen() {
    const next = tasks.find((task) => !heard.has(task.task_id));
    // Whoever asks is heard in any case.
    if (next === undefined || open.size >= (next.stands.endsWith("-required") ? MOST + 1 : MOST)) return;
    heard.add(next.task_id);
    // What cannot be heard is still told by the tree.
    const stream = follow(next.task_id, { signal: both, onEvent: (event) => take(event, next) }).catch(() => {}).finally(() => {
      open.delete(stream);
      news.resolve();
      listen();
    });
    open.add(stream);
    listen();
  }

  function take(event, task) {
    onEvent(event, task);
    if (!QUIET.has(event.kind)) news.resolve();
  }

  /** Looks how it stands; gives back its status once it has ended. */
  async function look() {
    news = Promise.withResolvers();
    const root = rootOf(await tree(id, both), id);
    onTree(root);
    tasks = [askingIn(root), ...all(root)].filter((task) => task !== null);
    listen();
    return isOver(root) ? status(id, both) : null;
  }

  async function drained() {
    while (open.size > 0) await Promise.race(open);
  }

  try {
    for (;;) {
      const ended = await look().catch((error) => {
        signal.throwIfAborted();
        if (!mayPass(error)) throw error;
        return null;
      });
      if (ended !== null) {
        await Promise.race([drained(), pause(LAST_MS, both)]);
        return ended;
      }
      await Promise.race([news.promise, pause(LOOK_MS, both)]);
      await pause(GAP_MS, both);
    }
  } finally {
    over.abort();
  }
}
