// The list of tasks, newest first: narrowed, searched, and kept up to date while people look at it.

import { status, tasks } from "../base/api.js";
import { h, say } from "../base/dom.js";
import { explain } from "../base/errors.js";
import { every } from "../base/every.js";
import { button, doer, empty, head } from "../base/parts.js";
import { isOver } from "../base/state.js";
import { dayTime, whole } from "../base/words.js";
import { announce } from "../shell/desk.js";
import { href, note } from "../shell/router.js";
import { filters, isNarrowed, wantedOf } from "./filters.js";
import { again, newest, nothing, older, timeOf } from "./pages.js";
import { taskRow } from "./row.js";
import { windowed } from "./windowed.js";

const PAGE = 50;
const AGAIN_MS = 4000;
const TICK_MS = 1000;
/** Scrolled further than this, people read: nothing moves under them. */
const NEAR_TOP = 200;

export function list(place, params, signal) {
  let wanted = wantedOf(params);
  let known = nothing;
  let turn = new AbortController();
  let looking = null;
  // What could not be read: the page from this cursor on.
  let failing = null;
  const says = h("p", { class: "help" });
  const problem = h("p", { class: "notice bad", role: "alert", hidden: true });
  const drawn = h("ol", { class: "rows tasks-rows", "aria-label": "Tasks" });
  const none = h("div", {});
  const more = doer("Show more", "Looking…", () => readOn(), { hidden: true });
  const stop = button("Stop looking", () => looking?.abort(), { hidden: true });
  const bar = filters(wanted, open, signal);
  const rows = windowed(drawn, {
    key: (task) => task.task_id,
    make: (task) => taskRow(task, known.added.has(task.task_id)),
  }, signal);

  async function ask(cursor, here) {
    const page = await tasks({ ...wanted, limit: PAGE, cursor }, here);
    here.throwIfAborted();
    if (failing === cursor) say(problem, null);
    return page;
  }

  /** Begins anew, with other filters. */
  function open(now) {
    turn.abort();
    turn = new AbortController();
    [wanted, known] = [now, nothing];
    says.textContent = "Reading…";
    say(problem, null);
    note("tasks", null, { state: wanted.state, agent: wanted.agent });
    every(AGAIN_MS, refresh, AbortSignal.any([signal, turn.signal]), failed);
  }

  async function refresh(here) {
    const isFirst = known.next === undefined;
    if (!isFirst && scrollY > NEAR_TOP) return look(here);
    const page = await ask(null, here);
    known = newest(known, page, PAGE);
    draw();
    if (!isFirst) return;
    // The gateway looks through so much a call, and then says where to go on.
    if (page.next !== null && page.tasks.length < PAGE / 2) await readOn(here);
    announce(says.textContent);
  }

  /** Reads again what is in sight and was going on. */
  async function look(here) {
    const found = await Promise.all(rows.inSight().filter((task) => !isOver(task)).map((task) => status(task.task_id, here)));
    known = again(known, found);
    draw();
  }

  /** Reads older pages until there is enough to show, nothing is left, or somebody stops it. */
  async function readOn(within = AbortSignal.any([signal, turn.signal])) {
    const own = new AbortController();
    const here = AbortSignal.any([within, own.signal]);
    const enough = known.rows.length + PAGE / 2;
    looking = own;
    try {
      do {
        draw();
        const cursor = known.next;
        const page = await ask(cursor, here);
        if (known.next === cursor) known = older(known, page);
      } while (known.next !== null && known.rows.length < enough);
    } catch (error) {
      failed(error, known.next);
    } finally {
      if (looking === own) looking = null;
      if (!within.aborted) draw();
    }
  }

  function failed(error, cursor = null) {
    // A lost connection is told by the banner, where there is something to see here.
    if (signal.aborted || error.name === "AbortError" || error.status === 401 || (error.status === 0 && known.rows.length > 0)) return;
    if (known.next === undefined) says.textContent = "";
    failing = cursor;
    say(problem, explain(error));
  }

  function draw() {
    const isEmpty = known.rows.length === 0 && known.next === null;
    rows.set(known.rows);
    bar.offer(known.rows.slice(0, PAGE).map((task) => task.target));
    says.textContent = counted(known, looking !== null);
    none.replaceChildren(...(isEmpty ? [nothingHere(wanted, bar.clear)] : []));
    show(stop, looking !== null, more);
    show(more, known.next !== null, drawn.lastElementChild?.querySelector("a"));
  }

  place.append(head("Tasks", "All that was asked for and handed on, newest first."), bar.element, problem,
    h("div", { class: "tasks-list" }, says, drawn, none, h("div", { class: "row" }, more, stop)));
  open(wanted);
  every(TICK_MS, () => rows.paint(), signal);
}

/** Shows a button or hides it; the keyboard's focus is not left on what has gone. */
function show(it, isThere, instead) {
  const hadFocus = it === document.activeElement;
  it.hidden = !isThere;
  if (hadFocus && !isThere) instead?.focus();
}

function counted({ rows, next }, isLooking) {
  const count = `${whole(rows.length)} ${rows.length === 1 ? "task" : "tasks"}`;
  const at = timeOf(next);
  if (next === null || at === null) return count;
  return `${count}${isLooking ? " so far" : ""}, back to ${dayTime(at)}`;
}

function nothingHere(wanted, clear) {
  if (isNarrowed(wanted)) return empty("No task is like that.", "Others may be: take the filters away.", button("Clear the filters", clear));
  return empty("No task yet.", "Ask an agent for something, and watch here how it is handed on.",
    h("a", { class: "go", href: href("ask") }, "Ask"));
}
