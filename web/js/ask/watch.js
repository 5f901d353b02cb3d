// Follows a request and everything it is handed on to, and keeps `run` up to date.

import { status, tree } from "../base/api.js";
import { every } from "../base/every.js";
import { follow } from "../base/stream.js";
import { learn, settle, take } from "./run.js";

/** Tasks whose events are heard at the same time: browsers open six connections to one place. */
const MOST = 3;
const TREE_MS = 3000;
/** How long the last lines of children are waited for. */
const LAST_MS = 1000;

/**
 * Resolves once the request has ended. `onEntry` gets each new thing that happened, `onTree` is
 * called when the tree was read. Stops when `signal` is aborted.
 */
export async function watch(run, { signal, onEntry, onTree }) {
  const over = new AbortController();
  const both = AbortSignal.any([signal, over.signal]);
  const waiting = [];
  const open = new Set();

  const start = (id) =>
    follow(id, {
      signal: both,
      onEvent(event) {
        const entry = take(run, id, event);
        if (entry === null) return;
        if (entry.kind === "child") waiting.push(entry.data.task_id);
        startChildren();
        onEntry(entry);
      },
    });

  // What a child does is shown where it can be read; the request does not hang on it.
  function startChildren() {
    while (waiting.length > 0 && open.size < MOST - 1) {
      const child = start(waiting.shift()).catch(() => {}).finally(() => {
        open.delete(child);
        startChildren();
      });
      open.add(child);
    }
  }

  async function drained() {
    while (open.size > 0) await Promise.race(open);
  }

  every(TREE_MS, async () => {
    learn(run, await tree(run.id, both));
    onTree();
  }, both);
  try {
    await start(run.id);
    // The last lines of children are there already, but on connections of their own.
    await Promise.race([drained(), new Promise((resolve) => setTimeout(resolve, LAST_MS))]);
    settle(run, await status(run.id, signal));
    const last = await tree(run.id, signal).catch(() => null);
    if (last !== null) learn(run, last);
    onTree();
  } finally {
    over.abort();
  }
}
