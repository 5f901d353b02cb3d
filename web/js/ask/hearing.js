// Hears what happens to the tasks of a hand-off, each event once: of one task as it comes, of the others from their
// histories. A browser opens six connections to one place, for all its windows together, and a stream takes one.

import { history } from "../base/api.js";
import { follow, mayPass } from "../base/stream.js";

/** Histories read at the same time. */
const AT_ONCE = 3;
/** Events that change nothing in the tree. */
const QUIET = new Set(["status", "artifact"]);

/** `onEvent(event, task)` gets what happens; `onNews()` is called when the tree may be another. */
export function hearing({ signal, onEvent, onNews }) {
  /** Of each task: the number of the `last` event, and how it `stood` when its history was read. */
  const known = new Map();
  let open = null;

  function of({ task_id: id }) {
    if (!known.has(id)) known.set(id, { last: 0, stood: null });
    return known.get(id);
  }

  function take(event, task) {
    const it = of(task);
    if (event.seq <= it.last) return;
    it.last = event.seq;
    onEvent(event, task);
  }

  /** Listens to `task`, and to no other; to none where it is null. */
  function listen(task) {
    if (open !== null && open.id === task?.task_id) return;
    open?.stop.abort();
    open = null;
    if (task === null) return;
    const stop = new AbortController();
    open = { id: task.task_id, stop };
    const both = AbortSignal.any([signal, stop.signal]);
    const heard = (event) => {
      take(event, task);
      if (!QUIET.has(event.kind)) onNews();
    };
    // What cannot be heard is still in its history.
    follow(task.task_id, { signal: both, after: of(task).last, onEvent: heard }).then(onNews, () => {})
      .finally(() => { if (open?.stop === stop) open = null; });
  }

  /** Reads what has happened to those that are not listened to, where they stand otherwise than before. */
  async function catchUp(tasks) {
    const left = tasks.filter((task) => task.task_id !== open?.id && of(task).stood !== stand(task));
    while (left.length > 0) await Promise.all(left.splice(0, AT_ONCE).map(read));
  }

  async function read(task) {
    const it = of(task);
    try {
      for (let page = { next: true }; page.next !== null;) {
        page = await history(task.task_id, it.last, signal);
        for (const event of page.events) take(event, task);
      }
    } catch (error) {
      if (mayPass(error)) throw error;
    }
    it.stood = stand(task);
  }

  return { listen, catchUp };
}

const stand = ({ state_name: state, updated_ms: at, children, calls }) => `${state} ${at} ${children.length} ${calls.length}`;
