// The side where one event is read.

import * as api from "../base/api.js";
import { copyButton } from "../base/copy.js";
import { h } from "../base/dom.js";
import { onBack } from "../base/link.js";
import { button, empty, trouble } from "../base/parts.js";
import { href } from "../shell/router.js";
import { textOf } from "./event.js";
import { dim, glow } from "./glow.js";
import { body, heading } from "./reader.js";

/**
 * `params()` is what the address says beside the event, `words()` what to mark in the text;
 * `onErase(event)` and `onNarrow(filter)` are asked for by its buttons.
 */
export function pane({ signal, params, words, onErase, onNarrow }) {
  const element = h("section", { class: "memory-reader", "aria-label": "The event" });
  let inside = null;
  let stop = new AbortController();
  let again = () => {};
  signal.addEventListener("abort", dim);
  onBack(() => again(), signal);

  const back = () => h("a", { class: "memory-back", href: href("memory", null, params()) }, "← All events");

  function clear() {
    stop.abort();
    again = () => {};
    inside = null;
    dim();
    element.removeAttribute("aria-busy");
    element.replaceChildren(empty("Choose an event to read it.", "With the keyboard: ↑ and ↓ go from one to the next, → goes into the one that is open, Esc comes back."));
  }

  /** Shows the event of this id; gives it back, or null where that failed or something else came first. */
  async function read(id) {
    stop.abort();
    stop = new AbortController();
    const here = AbortSignal.any([signal, stop.signal]);
    element.setAttribute("aria-busy", "true");
    try {
      const event = await api.memory(id, here);
      if (here.aborted) return null;
      draw(event);
      return event;
    } catch (error) {
      if (!here.aborted && error.status !== 401) fail(error, id);
      return null;
    } finally {
      if (!here.aborted) element.removeAttribute("aria-busy");
    }
  }

  function fail(error, id) {
    const isGone = error.status === 404;
    again = isGone ? () => {} : () => read(id);
    inside = null;
    element.replaceChildren(back(), trouble(error, isGone ? null : again));
  }

  function draw(event) {
    again = () => {};
    const text = textOf(event);
    const failed = h("div", { hidden: true });
    const onError = (error) => {
      failed.hidden = signal.aborted;
      failed.replaceChildren(trouble(error));
    };
    inside = h("div", { class: "memory-body" }, ...body(event, onNarrow));
    element.replaceChildren(back(), heading(event),
      h("div", { class: "row" },
        text === "" ? null : copyButton(inside, "the text", () => text),
        button("Erase", () => onErase(event).catch(onError), { look: "quiet danger small" })),
      failed, inside);
    element.scrollTop = 0;
    light();
  }

  /** Marks what is searched for in what is read. */
  function light() {
    if (inside !== null) glow(inside, words());
  }

  return { element, clear, read, light, focus: () => (element.querySelector("h2") ?? element.querySelector("a"))?.focus() };
}
