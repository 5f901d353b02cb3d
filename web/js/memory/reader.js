// One event, to be read: what it says and where it came from.

import * as api from "../base/api.js";
import { h } from "../base/dom.js";
import { onBack } from "../base/link.js";
import { chip, doer, facts, reading, trouble } from "../base/parts.js";
import { exact } from "../base/time.js";
import { who } from "../base/words.js";
import { asJson, copyButton, written } from "../base/written.js";
import { href } from "../shell/router.js";
import { brief, kindName, saidBy, whenOf } from "./event.js";
import { mark, wordsOf } from "./marks.js";

export function reader(signal, onErase) {
  const element = h("section", { class: "memory-reader card stack", "aria-label": "The event", hidden: true });
  let stop = new AbortController();

  /** Shows the event of this id, or none for null; `asked` is what the list shows. */
  async function read(id, asked) {
    stop.abort();
    stop = new AbortController();
    const here = AbortSignal.any([signal, stop.signal]);
    element.hidden = id === null;
    if (id === null) return element.replaceChildren();
    const back = h("a", { href: href("memory", null, asked.filters) }, "← All events");
    if (!element.hasChildNodes()) element.append(back, reading());
    try {
      element.replaceChildren(back, ...drawn(await api.memory(id, here), asked, onErase));
      element.scrollTop = 0;
    } catch (error) {
      if (here.aborted || error.status === 401) return;
      const again = () => read(id, asked);
      element.replaceChildren(back, trouble(error, error.status === 404 ? null : again));
      if (error.status === 0) onBack(again, here);
    }
  }

  const focus = () => (element.querySelector("h2") ?? element.firstChild)?.focus({ preventScroll: true });
  return { element, read, focus };
}

function drawn(event, { q }, onErase) {
  const text = saidBy(event);
  const isJson = /^\s*[[{].*[\]}]\s*$/s.test(text);
  // What the coder wrote without a fence is code all the same.
  const isCode = isJson || (event.event === "document" && /^code\b/i.test(event.title));
  const said = mark(written(text, { code: isCode, lang: isJson ? "json" : "" }), wordsOf(q));
  const failed = h("div", {});
  const onError = (error) => failed.replaceChildren(trouble(error));
  return [
    h("h2", { tabindex: "-1", dir: "auto" }, brief(event).title),
    h("div", { class: "row" }, chip(null, kindName(event)), copyButton(said, "the text", () => text),
      doer("Erase", "Erase", () => onErase(event), { look: "quiet danger", onError })),
    failed, said,
    event.dropped && h("p", { class: "notice" }, `Not all of it was kept: ${event.dropped}.`),
    h("h3", {}, "Where it came from"), origin(event), asJson("All its fields, as JSON", event),
  ].filter(Boolean);
}

function origin(event) {
  const at = whenOf(event);
  const { task_id: task, parent_task_id: parent } = event;
  const link = (words, ...to) => h("a", { href: href(...to) }, words);
  return facts([
    ["Agent", event.agent],
    ["For", event.target && who(event.target)],
    ["Model", event.model],
    ["Task", task && [link(task, "tasks", task), " · ", link("Show its events", "memory", null, { task_id: task })]],
    ["Handed on by", parent && link(parent, "tasks", parent)],
    ["Session", event.session_id],
    ["When", at && exact(at)],
    ["Ended", event.outcome ?? event.state],
  ].map(([name, value]) => [name, value ? h("bdi", {}, value) : null]));
}
