// One event, to be read: what it says and where it came from.

import * as api from "../base/api.js";
import { asJson, copyButton, json, written } from "../base/written.js";
import { h } from "../base/dom.js";
import { onBack } from "../base/link.js";
import { button, chip, doer, facts, help, trouble } from "../base/parts.js";
import { exact, moment } from "../base/time.js";
import { href } from "../shell/router.js";
import { brief, jsonOf, kindName, saidIn, targetOf, whenOf, writtenIn } from "./event.js";
import { dim, glow, wordsOf } from "./marks.js";

/** `asked` has the words to mark and the filters of the list; the buttons call `onErase(event)` and `onSession(id)`. */
export function reader(asked, signal, { onErase, onSession }) {
  const element = h("section", { class: "memory-reader card stack", "aria-label": "The event", hidden: true });
  let stop = new AbortController();
  let missing = null;
  signal.addEventListener("abort", dim);
  onBack(() => { if (missing !== null) read(missing); }, signal);

  /** Shows the event of this id, or none for null. */
  async function read(id) {
    stop.abort();
    stop = new AbortController();
    const here = AbortSignal.any([signal, stop.signal]);
    missing = null;
    element.hidden = id === null;
    if (id === null) return element.replaceChildren();
    element.setAttribute("aria-busy", "true");
    try {
      draw(await api.memory(id, here));
    } catch (error) {
      if (here.aborted || error.status === 401) return;
      missing = error.status === 404 ? null : id;
      element.replaceChildren(back(), trouble(error, missing && (() => read(id))));
    } finally {
      if (!here.aborted) element.removeAttribute("aria-busy");
    }
  }

  const back = () => h("a", { href: href("memory", null, asked.filters) }, "← All events");

  function draw(event) {
    const text = writtenIn(event);
    const said = told(event, text);
    const failed = h("div", {});
    element.replaceChildren(back(),
      h("h2", { tabindex: "-1", dir: "auto" }, brief(event).title),
      h("div", { class: "row" }, chip(null, kindName(event)), text === "" ? null : copyButton(said, "the text", () => text),
        doer("Erase", "Erasing…", () => onErase(event), { look: "quiet danger", onError: (error) => failed.replaceChildren(trouble(error)) })),
      failed, said,
      event.dropped ? h("p", { class: "notice" }, `Not all of it was kept: ${plain(event.dropped)}.`) : "",
      h("h3", {}, "Where it came from"), origin(event, onSession), fields(event, text));
    element.scrollTop = 0;
    light();
  }

  /** Marks what is searched for in what is read. */
  const light = () => glow(element, wordsOf(asked.q));

  return { element, read, light, focus: () => (element.querySelector("h2") ?? element.querySelector("a"))?.focus({ preventScroll: true }) };
}

function told(event, text) {
  if (text === "") return help("It has no text.");
  const found = jsonOf(text);
  if (found !== null) return saidIn(found) === null ? json(found) : written(saidIn(found));
  // What the coder wrote without a fence is code all the same.
  return written(text, { code: event.event === "document" && /^code\b/i.test(event.title) });
}

function origin(event, onSession) {
  const at = whenOf(event);
  const bdi = (value) => (value === undefined || value === null || value === "" ? null : h("bdi", {}, plain(value)));
  return facts([
    ["Agent", bdi(event.agent)],
    ["For", kindName(event).startsWith("Task") ? bdi(targetOf(event)) : null],
    ["Model", bdi(event.model)],
    ["Task", event.task_id ? [task(event.task_id), " · ", h("a", { href: href("memory", null, { task_id: event.task_id }) }, "Show the task's events")] : null],
    ["Handed on by", event.parent_task_id ? task(event.parent_task_id) : null],
    ["Session", event.session_id ? [bdi(event.session_id), " · ", button("Show the session's events", () => onSession(event.session_id), { look: "as-link" })] : null],
    ["Run", bdi(event.run_id)],
    ["When", at === null ? null : [exact(at), " (", moment(at), ")"]],
    ["Ended", bdi(event.outcome ?? event.state)],
  ]);
}

const task = (id) => h("a", { href: href("tasks", id) }, String(id));

/** Events hold any JSON: all of it, with the text where that is more than can be read above. */
function fields(event, text) {
  const { _additional, text: _text, payload, result, message, ...others } = event;
  const found = jsonOf(text);
  return asJson("All its fields, as JSON", found === null ? others : { ...others, text: found });
}

/** Any value as people read it: words as they are, all else as JSON. */
const plain = (value) => (typeof value === "string" ? value : JSON.stringify(value, null, 2));
