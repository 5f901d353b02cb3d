// The card with all that happened to a task: pages of its history, and what comes while one looks.

import { history } from "../base/api.js";
import { h } from "../base/dom.js";
import { eventLine } from "../base/eventline.js";
import { onBack } from "../base/link.js";
import { card, chip, doer, facts, trouble } from "../base/parts.js";
import { isEnd, toneOf } from "../base/state.js";
import { follow } from "../base/stream.js";
import { exact } from "../base/time.js";
import { span } from "../base/took.js";
import { cut, whole } from "../base/words.js";
import { json } from "../base/written.js";
import { href } from "../shell/router.js";
import { picker } from "./picker.js";

/** Events that come at once are drawn at once. */
const TOGETHER_MS = 50;

export function historyCard(task, hasEnded, signal) {
  const id = task.task_id;
  const events = [];
  let next = null;
  let due = null;
  const frame = h("div", { class: "ev-frame" });
  const about = h("div", { class: "ev-about", hidden: true });
  const told = h("p", { class: "help" }, "Reading…");
  const problem = h("div", {});
  const more = doer("Show more events", "Reading…", page, { onError: fail, hidden: true });
  const list = picker({
    label: "Events", look: "ev", frame, key: (event) => String(event.seq),
    draw: (button, event) => drawEvent(button, event, task),
    onChoose(event) {
      about.hidden = false;
      about.replaceChildren(...eventFacts(event));
    },
  }, signal);
  frame.append(list.list);

  function draw() {
    due = null;
    list.set(events);
    const count = whole(events.length);
    told.textContent = next === null ? `${count} ${events.length === 1 ? "event" : "events"}` : `The first ${count} events`;
    if (next === null && more === document.activeElement) list.list.querySelector("[tabindex='0']")?.focus();
    more.hidden = next === null;
  }

  async function page() {
    const found = await history(id, next, signal);
    next = found.next;
    take(found.events);
    draw();
  }

  /** What was read before, on the other way, is left out. */
  function take(found) {
    const last = events.at(-1)?.seq ?? 0;
    events.push(...found.filter(({ seq }) => seq > last));
  }

  function onEvent(event) {
    take([event]);
    due ??= setTimeout(draw, TOGETHER_MS);
  }

  async function start() {
    problem.replaceChildren();
    try {
      if (events.length === 0) await page();
      // The task may have ended after its events were read.
      if (isEnd(events.at(-1)?.kind) || (next !== null && hasEnded())) return;
      next = null;
      draw();
      await follow(id, { signal, after: events.at(-1)?.seq ?? 0, onEvent });
    } catch (error) {
      fail(error);
    }
  }

  function fail(error) {
    if (!signal.aborted && error.status !== 401) problem.replaceChildren(trouble(error, start));
  }

  onBack(() => { if (problem.hasChildNodes()) start(); }, signal);
  signal.addEventListener("abort", () => clearTimeout(due));
  start();
  return card("Events", told, problem, frame, more, about);
}

/** An event never changes: it is drawn once. */
function drawEvent(button, event, { target, created_ms: zero }) {
  const { at, kind } = event;
  button.dataset.tone = toneOf(kind);
  button.append(
    h("time", { class: "help", datetime: new Date(at).toISOString(), title: exact(at) }, at - zero < 1 ? "start" : `+${span(at - zero)}`),
    h("span", { class: "one-line", dir: "auto" }, eventLine(event, target)));
  return () => {};
}

/** All that an event says. */
function eventFacts(event) {
  const { seq, at, kind, state, attempt, ...rest } = event;
  const said = Object.fromEntries(Object.entries(rest).filter(([, value]) => value !== null));
  return [
    h("h3", { dir: "auto" }, `Event ${seq}: ${cut(kind, 60)}`),
    facts([["When", exact(at)], ["State", chip(state)], ["Try", String(attempt)], ["About", link(event)]]),
    ...(Object.keys(said).length === 0 ? [] : [json(said)]),
  ];
}

function link({ kind, data }) {
  if (kind === "child" && data?.task_id) return h("a", { href: href("tasks", data.task_id) }, "The task it was handed on as");
  if (kind === "document" && data?.mem_id) return h("a", { href: href("memory", data.mem_id) }, "What was written");
  return null;
}
