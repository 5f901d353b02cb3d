// The card with all that happened to a task, from its first event on, as they come.

import { history } from "../base/api.js";
import { h } from "../base/dom.js";
import { eventLine } from "../base/eventline.js";
import { onBack } from "../base/link.js";
import { card, chip, facts, help, trouble } from "../base/parts.js";
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

export function historyCard(task, signal) {
  const events = [];
  let due = null;
  const told = help("Reading…");
  const problem = h("div");
  const list = picker({
    label: "Events", look: "ev", key: ({ seq }) => String(seq), about: eventFacts,
    draw: (button, event) => drawEvent(button, event, task),
  }, signal);

  const last = () => events.at(-1)?.seq;

  function draw(more) {
    clearTimeout(due);
    due = null;
    list.set(events);
    told.textContent = `${whole(events.length)} ${events.length === 1 ? "event" : "events"}${more}`;
  }

  function onEvent(event) {
    events.push(event);
    due ??= setTimeout(draw, TOGETHER_MS, " so far");
  }

  async function start() {
    problem.replaceChildren();
    try {
      // Something may have been written down after the end, which a stream does not tell.
      for (let next; next !== null;) {
        const page = await history(task.task_id, last(), signal);
        page.events.forEach(onEvent);
        next = page.next;
      }
      if (!events.some(({ kind }) => isEnd(kind))) await follow(task.task_id, { signal, after: last(), onEvent });
      draw("");
    } catch (error) {
      if (!signal.aborted) problem.replaceChildren(trouble(error, start));
    }
  }

  signal.addEventListener("abort", () => clearTimeout(due));
  onBack(() => { if (problem.hasChildNodes()) start(); }, signal);
  start();
  return card("Events", told, problem, list.element);
}

/** An event never changes: it is drawn once. */
function drawEvent(button, event, { target, created_ms: zero }) {
  if (button.hasChildNodes()) return;
  const { at, kind } = event;
  button.dataset.tone = toneOf(kind);
  button.append(
    h("time", { class: "help", datetime: new Date(at).toISOString(), title: exact(at) }, `+${span(at - zero)}`),
    h("span", { class: "one-line foreign", dir: "auto" }, eventLine(event, target)));
}

/** All that an event says. */
function eventFacts(event) {
  const { seq, at, kind, state, attempt, ...rest } = event;
  const said = Object.entries(rest).filter(([, value]) => value !== null);
  return [
    h("h3", { dir: "auto" }, `Event ${seq}: ${cut(kind, 60)}`),
    facts([["When", exact(at)], ["State", chip(state)], ["Try", String(attempt)], ["More", link(event)]]),
    ...(said.length === 0 ? [] : [json(Object.fromEntries(said))]),
  ];
}

function link({ kind, data }) {
  if (kind === "child" && data?.task_id) return h("a", { href: href("tasks", data.task_id) }, "Open the task");
  if (kind === "document" && data?.mem_id) return h("a", { href: href("memory", data.mem_id) }, "Read it");
  return null;
}
