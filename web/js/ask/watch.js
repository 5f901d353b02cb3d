// Follows a request and everything it is handed on to, and keeps `run` up to date.

import { status } from "../base/api.js";
import { settle, take } from "./run.js";
import { follow } from "../base/stream.js";

/**
 * Resolves once the request has ended. `onEntry` gets each new line of the timeline,
 * `onLink` whether all connections are there. Stops when `signal` is aborted.
 */
export async function watch(run, { signal, onEntry, onLink }) {
  const down = new Set();

  const start = (id) =>
    follow(id, {
      signal,
      onEvent(event) {
        const entry = take(run, id, event);
        if (entry === null) return;
        if (entry.kind === "child") startChild(entry.data.task_id);
        onEntry(entry);
      },
      onLink(up) {
        if (up) down.delete(id);
        else down.add(id);
        onLink(down.size === 0);
      },
    });

  // What a child does is shown where it can be read; the request does not hang on it.
  const startChild = (id) => {
    start(id).catch(() => {}).finally(() => {
      down.delete(id);
      onLink(down.size === 0);
    });
  };

  await start(run.id);
  settle(run, await status(run.id, signal));
}
