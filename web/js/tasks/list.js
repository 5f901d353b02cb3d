// The list of tasks, newest first: narrowed, searched, and kept up to date while people look at it.

import { every } from "../base/every.js";
import { head } from "../base/parts.js";
import { note } from "../shell/router.js";
import { filters, knownState } from "./filters.js";
import { freshness } from "./fresh.js";
import { beginning, comeBack, leaveAs } from "./left.js";
import { listParts } from "./listparts.js";
import { taskRow } from "./row.js";
import { seeker } from "./seeker.js";
import { windowed } from "./windowed.js";

const AGAIN_MS = 4000;
const TICK_MS = 1000;
/** Scrolled further than this, people read: nothing moves under them. */
const NEAR_TOP = 200;

const ALL = { state: "", agent: "", session: "", q: "", roots: false };

export function list(place, params, signal) {
  const back = comeBack();
  const wanted = back?.wanted ?? { ...ALL, state: knownState(params.state), agent: params.agent ?? "", ...beginning() };
  const failed = (error) => {
    if (signal.aborted || error.name === "AbortError" || error.status === 401) return;
    parts.fail(error, () => { parts.well(); read(); });
  };
  const readOn = () => seek.readOn().catch(failed);
  const parts = listParts({ readOn, stop: () => seek.stop(), clear: () => bar.clear() });
  const bar = filters(wanted, narrow, signal);
  const fresh = freshness(() => rows.touch(), signal);
  const rows = windowed(parts.list, {
    key: (task) => task.task_id,
    make: (task) => taskRow(task, { onSession: bar.bySession, isNew: fresh.has }),
  }, signal);
  const seek = seeker(paint, signal);
  const hold = holding(parts, () => read(false));
  const read = (mayHold = true) => seek.first(mayHold ? hold : undefined).then(parts.well, failed);

  function narrow() {
    note("tasks", null, { state: wanted.state, agent: wanted.agent });
    parts.reset();
    seek.want({ ...wanted });
    read();
  }

  function paint(known) {
    rows.set(known.rows);
    fresh.add(known.added);
    bar.offer(known.rows.slice(0, 50).map((task) => task.target));
    parts.show(known, wanted);
  }

  place.append(head("Tasks", "All that was asked for and handed on, newest first."), bar.element, parts.element);
  seek.want({ ...wanted }, back?.known);
  if (back) restore(back, rows, () => paint({ ...back.known, added: new Set(), looking: false, sparse: false }));
  parts.list.addEventListener("keydown", (event) => step(event));
  leaveAs(parts.list, () => ({ wanted, known: seek.known() }), signal);
  every(AGAIN_MS, () => (scrollY < NEAR_TOP || seek.known().next === undefined ? read() : null), signal);
  const timer = setInterval(() => { if (!document.hidden) rows.touch(); }, TICK_MS);
  signal.addEventListener("abort", () => clearInterval(timer));
}

/** ↑ and ↓ go from task to task. */
function step(event) {
  const to = { ArrowDown: "nextElementSibling", ArrowUp: "previousElementSibling" }[event.key];
  const next = to && document.activeElement.closest("[data-key]")?.[to]?.querySelector("a");
  if (!next || event.ctrlKey || event.metaKey || event.altKey) return;
  event.preventDefault();
  next.focus();
}

/** Whoever points at a row clicks on that row: new ones wait until the pointer has gone, or are asked for. */
function holding(parts, read) {
  let isHeld = false;
  const show = () => {
    isHeld = false;
    parts.hold(0);
    read();
  };
  parts.list.addEventListener("pointerleave", () => { if (isHeld) show(); });
  return (added) => {
    isHeld = added.size > 0 && parts.list.matches(":hover") && matchMedia("(hover: hover)").matches;
    parts.hold(isHeld ? added.size : 0, show);
    return isHeld;
  };
}

/** Back where one was: the same rows, the same place, the same link. */
function restore(back, rows, paint) {
  paint();
  requestAnimationFrame(() => {
    scrollTo(0, back.scroll);
    rows.paint();
    rows.element(back.opened)?.querySelector("a").focus({ preventScroll: true });
  });
}
