// Follows a request and everything it is handed on to: the tree tells how all stands, the events
// of the tasks tell what happened, and when to look at the tree again.

import { status, tree } from "../base/api.js";
import { all } from "../base/handoff.js";
import { mayPass, pause } from "../base/stream.js";
import { isOver } from "../base/state.js";
import { hearing } from "./hearing.js";
import { askingIn, rootOf } from "./run.js";

const LOOK_MS = 3000;
const GAP_MS = 100;
/** How long an ended request waits for what is still to be told of it. */
const LAST_MS = 2000;

/**
 * `onTree(root)` gets the request as it stands, `onEvent(event, task)` each thing that happened, once.
 * Resolves once it has ended, with what the status call says.
 */
export async function watch(id, { signal, onTree, onEvent }) {
  const over = new AbortController();
  const both = AbortSignal.any([signal, over.signal]);
  let news = Promise.withResolvers();
  const ears = hearing({ signal: both, onEvent, onNews: () => news.resolve() });
  document.addEventListener("visibilitychange", () => news.resolve(), { signal: both });

  /** Looks how it stands; gives back its status once it has ended. */
  async function look() {
    news = Promise.withResolvers();
    const root = rootOf(await tree(id, both), id);
    onTree(root);
    ears.listen(document.hidden ? null : loudest(root));
    const told = ears.catchUp(all(root));
    await (isOver(root) ? Promise.race([told, pause(LAST_MS, both)]) : told);
    return isOver(root) ? status(id, both) : null;
  }

  try {
    for (;;) {
      const ended = await look().catch((error) => {
        signal.throwIfAborted();
        if (!mayPass(error)) throw error;
        return null;
      });
      if (ended !== null) return ended;
      await Promise.race([news.promise, pause(LOOK_MS, both)]);
      await pause(GAP_MS, both);
    }
  } finally {
    over.abort();
  }
}

/** Whom to listen to: who asks the person, else the newest at work. */
function loudest(root) {
  if (isOver(root)) return null;
  const going = all(root).filter((task) => !isOver(task)).sort((a, b) => b.created_ms - a.created_ms);
  return askingIn(root) ?? going.find(({ stands }) => stands === "working") ?? going[0];
}
