// The list of events: the newest, or those found.

import * as api from "../base/api.js";
import { button, trouble } from "../base/parts.js";
import { explain } from "../base/errors.js";
import { h } from "../base/dom.js";
import { inAddress, isNarrowed, fits } from "./state.js";
import { isOff, nothing } from "./nothing.js";
import { row } from "./row.js";
import { MOST_WORDS, wordsOf } from "./marks.js";

const PAGE = 30;
const FOUND = 100;

/**
 * `onLoaded` is told how the first page went: the events, or null with the error; `onInto` that the
 * keyboard goes on to what is read.
 */
export function list({ asked, signal, onLoaded, onInto }) {
  const rows = h("ol", { class: "memory-rows", "aria-label": "Events", onkeydown: (pressed) => step(pressed, onInto) });
  const foot = h("div", { class: "memory-foot" });
  const says = h("p", { class: "help", role: "status" }, "Reading…");
  const element = h("div", { class: "memory-list" }, says, rows, foot);
  let stop = new AbortController();
  let known = new Set();
  let next = null;
  let open = null;
  // How the last reading went: `new`, `read`, `failed`, or `off` where nothing is kept.
  let standing = "new";

  const isSearch = () => wordsOf(asked.q).length > 0;
  const wanted = (more) => ({ limit: PAGE, event: asked.event, task_id: asked.task, session_id: asked.session, ...more });
  const drawn = (event) => row(event, { q: isSearch() ? asked.q : "", params: inAddress(asked) });

  /** Reads from the start. What is shown stays until the answer is there. */
  async function load() {
    stop.abort();
    stop = new AbortController();
    const here = AbortSignal.any([signal, stop.signal]);
    element.setAttribute("aria-busy", "true");
    try {
      const found = isSearch() ? await search(here) : await api.memories(wanted(), here);
      if (here.aborted) return;
      show(found);
      onLoaded(found.events, null);
    } catch (error) {
      if (!here.aborted) fail(error);
    } finally {
      if (!here.aborted) element.removeAttribute("aria-busy");
    }
  }

  async function search(here) {
    const limit = isNarrowed(asked) ? FOUND : FOUND / 2;
    const { events } = await api.search(fewest(asked.q), limit, here);
    return { events: events.filter((event) => fits(asked, event)), next: null, most: events.length === limit };
  }

  function show({ events, next: further, most = false }) {
    known = new Set(events.map((event) => event.id));
    next = further;
    standing = "read";
    rows.replaceChildren(...events.map(drawn));
    says.textContent = told(events.length, most);
    // What is below says it to those who see it.
    says.classList.toggle("unseen", events.length === 0);
    drawFoot(events.length === 0 ? nothing(isSearch(), isNarrowed(asked)) : null);
    mark(open);
  }

  function told(count, most) {
    if (!isSearch()) return count === 0 ? "There is nothing." : "Newest first.";
    const words = count === 0 ? "Nothing found." : count === 1 ? "1 found." : `${count} found, the best first.`;
    return most && isNarrowed(asked) ? `${words} Filters look at the best ${FOUND} only.` : words;
  }

  function drawFoot(said = null) {
    if (said !== null) foot.replaceChildren(said);
    else if (next === null) foot.replaceChildren();
    else foot.replaceChildren(button("Show more", more));
  }

  async function more() {
    const here = AbortSignal.any([signal, stop.signal]);
    const last = rows.lastElementChild;
    try {
      const found = await api.memories(wanted({ before: next }), here);
      const fresh = found.events.filter((event) => !known.has(event.id));
      for (const event of fresh) known.add(event.id);
      rows.append(...fresh.map(drawn));
      next = found.next;
      drawFoot();
      mark(open);
      (foot.querySelector("button") ?? last?.nextElementSibling?.querySelector("a") ?? last?.querySelector("a"))?.focus({ preventScroll: true });
    } catch (error) {
      if (!here.aborted) foot.replaceChildren(trouble(error, more));
    }
  }

  function fail(error) {
    if (error.status === 401) return;
    const isSame = standing === "failed" && foot.textContent.startsWith(explain(error));
    standing = isOff(error) ? "off" : "failed";
    onLoaded(null, error);
    // Said once, not at each try.
    if (isSame) return;
    rows.replaceChildren();
    known = new Set();
    says.textContent = "";
    drawFoot(trouble(error, load));
  }

  /** Looks what came since the first page was read, and puts it before that. */
  async function look(here) {
    if (standing === "off" || (standing === "read" && isSearch()) || element.hasAttribute("aria-busy")) return;
    if (standing !== "read" || rows.childElementCount === 0) return load();
    const first = await api.memories(wanted({ limit: 1 }), here);
    if (first.events.every((event) => known.has(event.id))) return;
    const { events } = await api.memories(wanted(), here);
    if (isSearch() || stop.signal.aborted) return;
    const come = events.filter((event) => !known.has(event.id));
    // None of them is known: there is a gap between the page and what is shown.
    if (come.length === events.length && events.length === PAGE) return load();
    for (const event of come) known.add(event.id);
    rows.prepend(...come.map(drawn).map(isNew));
    mark(open);
  }

  function mark(id) {
    open = id;
    for (const one of rows.querySelectorAll("a[aria-current]")) one.removeAttribute("aria-current");
    if (id !== null) linkOf(id)?.setAttribute("aria-current", "true");
  }

  const linkOf = (id) => [...rows.children].find((one) => one.dataset.id === id)?.querySelector("a") ?? null;

  /** Takes an erased event away; gives back the link of its neighbour, if there is one. */
  function remove(id) {
    const gone = [...rows.children].find((one) => one.dataset.id === id);
    const beside = (gone?.nextElementSibling ?? gone?.previousElementSibling)?.querySelector("a") ?? null;
    gone?.remove();
    if (rows.childElementCount === 0 && next === null) load();
    return beside;
  }

  return { element, load, look, mark, remove, linkOf };
}

/** Words that a search does not take are left out. */
function fewest(q) {
  const words = wordsOf(q);
  return words.length < MOST_WORDS ? q : words.join(" ");
}

function isNew(element) {
  element.classList.add("fresh");
  return element;
}

/** The arrow keys go from event to event, and into the one that is open. */
function step(pressed, onInto) {
  const isOpen = pressed.target.hasAttribute("aria-current");
  const by = { ArrowDown: "nextElementSibling", ArrowUp: "previousElementSibling" }[pressed.key];
  const to = by && pressed.target.closest("li")?.[by]?.querySelector("a");
  if (!to && !(isOpen && pressed.key === "ArrowRight")) return;
  pressed.preventDefault();
  if (to) to.focus();
  else onInto();
}
