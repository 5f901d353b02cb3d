// The view Memory: looks for what was said and written, shows it, erases it.

import { h } from "../base/dom.js";
import { every } from "../base/every.js";
import { button, head, trouble } from "../base/parts.js";
import { announce } from "../shell/announce.js";
import { stay } from "../shell/desk.js";
import { go, note } from "../shell/router.js";
import { eraseAll, eraseOne } from "./erasing.js";
import { kindName, titleOf } from "./event.js";
import { filters } from "./filters.js";
import { list } from "./list.js";
import { wordsOf } from "./marks.js";
import { isOff, off } from "./nothing.js";
import { pane } from "./pane.js";
import { inAddress, isNarrowed, keep, start } from "./state.js";

const LOOK_MS = 5000;

export function show(place, { id, params }, signal) {
  const asked = start(params);
  const desk = parts(place, asked, signal);
  const { events } = desk;
  stay("memory", desk.moved, signal);
  desk.choose(id);
  every(LOOK_MS, events.look, signal);
}

function parts(place, asked, signal) {
  let open = null;
  const search = filters(asked, changed);
  const events = list({ asked, signal, onLoaded, onInto: () => reader.focus() });
  const address = () => inAddress(asked);
  const reader = pane({ signal, params: address, words: () => wordsOf(asked.q), onErase, onNarrow });
  reader.element.addEventListener("keydown", (pressed) => {
    if (pressed.key === "Escape") events.linkOf(open)?.focus();
  });
  const said = h("p", { class: "notice", role: "status", hidden: true });
  const panes = h("div", { class: "memory-panes" }, events.element, reader.element);
  const instead = h("div", { hidden: true });
  const all = h("p", { class: "memory-all" }, button("Erase everything I have here", onEraseAll, { look: "quiet danger small" }));
  place.append(head("Memory", "What you and your agents asked, answered and wrote down. Other people cannot see it."),
    said, search.form, instead, panes, all);

  /** The address has changed within this view. */
  function moved(at) {
    const { event = "", task = "", session = "" } = at.params;
    if (JSON.stringify({ event, task, session }) !== JSON.stringify(address())) {
      search.set({ event, task, session });
      events.load();
    }
    if (at.id !== open) choose(at.id, { follow: true });
    return true;
  }

  function changed() {
    keep(asked.q);
    note("memory", open, address());
    events.load();
    reader.light();
  }

  function onNarrow(filter) {
    search.set({ q: "", event: "", task: "", session: "", ...filter });
    keep("");
    events.load();
    // A step of its own, so that going back leads to what was read.
    go("memory", null, address());
  }

  function onLoaded(found, error) {
    const isGone = isOff(error);
    const isBare = open === null && (found?.length ?? 0) === 0;
    instead.hidden = !isGone;
    instead.replaceChildren(...(isGone ? [off()] : []));
    search.form.hidden = isGone;
    panes.hidden = isGone;
    all.hidden = isGone || (isBare && asked.q === "" && !isNarrowed(asked));
    panes.classList.toggle("bare", isBare);
  }

  /** Opens an event, or none; with `follow` the focus goes along. */
  async function choose(wanted, { follow = false } = {}) {
    const before = open;
    open = wanted;
    place.classList.toggle("reads", open !== null);
    if (open !== null) panes.classList.remove("bare");
    events.mark(open);
    if (open === null) {
      reader.clear();
      if (follow) (events.linkOf(before) ?? place.querySelector("h1")).focus();
      return;
    }
    const event = await reader.read(open);
    if (follow && event !== null) arrive(event);
  }

  /** Where the list is hidden by what is read, the focus goes there. */
  function arrive(event) {
    if (events.element.checkVisibility()) announce(`Opened: ${titleOf(event)}`);
    else {
      reader.focus();
      scrollTo(0, 0);
    }
  }

  async function onErase(event) {
    if (!await eraseOne(event, signal) || signal.aborted) return;
    const beside = events.remove(event.id);
    if (open === event.id) choose(null);
    note("memory", open, address());
    announce(`The ${kindName(event).toLowerCase()} was erased.`);
    (beside ?? place.querySelector("h1")).focus();
  }

  async function onEraseAll() {
    said.hidden = true;
    try {
      const words = await eraseAll(signal);
      if (words === null || signal.aborted) return;
      choose(null);
      search.set({ q: "", event: "", task: "", session: "" });
      keep("");
      note("memory");
      said.textContent = words;
      said.hidden = false;
      place.querySelector("h1").focus();
      await events.load();
    } catch (error) {
      if (!signal.aborted) all.after(trouble(error));
    }
  }

  return { events, choose, moved };
}
