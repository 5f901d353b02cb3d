// Reads the list of tasks from the gateway: its first page again and again, older pages when asked
// for, and on through the backlog where a search finds little.

import { tasks } from "../base/api.js";
import { newest, nothing, older } from "./pages.js";

export const PAGE = 50;

/**
 * `paint(known)` is called whenever more is known: `{ rows, next, added, looking, sparse }`: `looking`
 * while it reads on, `sparse` where pages come with few finds. All that was asked for before is given up when `want` is called.
 */
export function seeker(paint, signal) {
  let known = nothing;
  let wanted = {};
  let turn = new AbortController();
  let looking = false;
  let sparse = false;

  const ask = async (more, within) => told(await tasks({ ...wanted, limit: PAGE, ...more }, within), wanted.state);
  const within = () => AbortSignal.any([signal, turn.signal]);
  const show = (added = new Set()) => paint({ ...known, added, looking, sparse });

  /** Reads on until a page is full of finds, nothing is left, or somebody stops it. */
  async function readOn() {
    const stop = within();
    looking = true;
    show();
    try {
      const enough = known.rows.length + PAGE;
      do {
        const page = await ask({ cursor: known.next }, stop);
        stop.throwIfAborted();
        known = older(known, page);
        sparse = isSparse(page);
        show();
      } while (known.next !== null && known.rows.length < enough - PAGE / 2);
    } catch (error) {
      if (!stop.aborted) throw error;
      return;
    } finally {
      if (!stop.aborted) looking = false;
    }
    show();
  }

  return {
    /** Begins anew with other filters, or with what was known before. */
    want(filter, before = nothing) {
      turn.abort();
      turn = new AbortController();
      [wanted, known, looking, sparse] = [filter, before, false, false];
    },
    /** The first page. `keep(added)` says that new rows are to wait; they are counted all the same. */
    async first(keep = () => false) {
      const stop = within();
      const page = await ask({}, stop);
      if (stop.aborted || looking) return;
      const isFirst = known.next === undefined;
      const next = newest(known, page, PAGE);
      const holds = !isFirst && keep(next.added);
      if (isFirst) sparse = isSparse(page);
      known = holds ? renewed(known, page) : { rows: next.rows, next: next.next };
      show(isFirst || holds ? undefined : next.added);
      if (isFirst && sparse) await readOn();
    },
    readOn,
    stop() {
      turn.abort();
      turn = new AbortController();
      looking = false;
      show();
    },
    known: () => known,
  };
}

/** Lists say states in the plain words; where one fine state was asked for, all are of that. */
const told = (page, state) => (state ? { ...page, tasks: page.tasks.map((task) => ({ ...task, state_name: state })) } : page);

/** The gateway looks through so much a call, and then says where to go on. */
const isSparse = (page) => page.next !== null && page.tasks.length < PAGE / 2;

/** Rows that are there, as they are now; none comes and none goes. */
function renewed(known, page) {
  const now = new Map(page.tasks.map((task) => [task.task_id, task]));
  return { ...known, rows: known.rows.map((task) => now.get(task.task_id) ?? task) };
}
