// The view Memory: looks for what was said and written, shows it, erases it.

import * as api from "../base/api.js";
import { announce, h } from "../base/dom.js";
import { doer, field, head, trouble } from "../base/parts.js";
import { sure } from "../base/sure.js";
import { whole } from "../base/words.js";
import { stay } from "../shell/desk.js";
import { go, href } from "../shell/router.js";
import { brief, kindName, KINDS } from "./event.js";
import { list } from "./list.js";
import { reader } from "./reader.js";

const PAUSE_MS = 250;
/** What the button says; also while it asks whether that is meant. */
const ALL = "Erase everything I have here";

/** What was looked for last. It never stands in the address. */
let words = "";

/** What of the address narrows the list. */
const filtersOf = ({ params: { event = "", task_id = "" } }) => ({ event, task_id });
const listOf = (at) => href("memory", null, filtersOf(at));

export function show(place, at, signal) {
  const placeholder = "Words in titles and texts";
  const q = h("input", { type: "search", autocomplete: "off", maxlength: 200, placeholder });
  const kind = h("select", { onchange: () => go("memory", at.id, { ...filtersOf(at), event: kind.value }) },
    ...[["", "Everything"], ...KINDS].map(([name, word]) => h("option", { value: name }, word)));
  const narrowed = h("p", { class: "notice", hidden: true },
    "Only what belongs to one task. ", h("a", { href: "#/memory" }, "Show all"));
  const events = list(signal);
  const opened = reader(signal, onErase);
  const failed = h("div", {});
  const onError = (error) => failed.replaceChildren(trouble(error));
  place.append(
    head("Memory", "What you and your agents asked, answered and wrote down. Other people cannot see it."),
    h("form", { class: "filters", role: "search", "aria-label": "Memory", onsubmit: (event) => event.preventDefault() },
      field("Search", q), field("Kind", kind), narrowed),
    h("div", { class: "memory-panes" }, events.element, opened.element),
    h("p", { class: "memory-all" },
      doer(ALL, ALL, onEraseAll, { look: "quiet danger", onError })),
    failed);

  const asked = () => ({ q: words, filters: filtersOf(at) });

  /** Shows what is asked for. */
  function look() {
    const { event, task_id: task } = filtersOf(at);
    // Of one task all is to be seen, at first.
    if (task && narrowed.hidden) words = "";
    if (q.value !== words) q.value = words;
    kind.value = event;
    narrowed.hidden = !task;
    events.show(asked());
    return opened.read(at.id, asked());
  }

  /** The address has changed within this view: the focus goes along. */
  async function turn(to) {
    const from = at;
    at = to;
    const before = events.choose(to.id);
    await (listOf(to) === listOf(from) ? opened.read(to.id, asked()) : look());
    if (at !== to || to.id === from.id) return;
    if (to.id !== null) opened.focus();
    else (before?.isConnected ? before : place.querySelector("h1")).focus();
  }

  async function onErase(event) {
    if (!await erase(event, signal)) return;
    events.remove(event.id);
    if (at.id === event.id && !signal.aborted) go("memory", null, filtersOf(at));
  }

  async function onEraseAll() {
    if (!await eraseAll(signal) || signal.aborted) return;
    words = "";
    failed.replaceChildren();
    go("memory");
    look();
  }

  let timer;
  q.addEventListener("input", () => {
    clearTimeout(timer);
    timer = setTimeout(() => {
      // Who left while typing leaves no words behind.
      if (signal.aborted) return;
      words = q.value;
      look();
    }, PAUSE_MS);
  });
  events.choose(at.id);
  look();
  stay("memory", (to) => {
    turn(to);
    return true;
  }, signal);
}

/** Resolves to whether it was meant, and is done. */
async function erase(event, signal) {
  const name = kindName(event).toLowerCase();
  if (!await sure({
    title: `Erase this ${name}?`,
    text: `“${brief(event).title}” leaves memory for good, for you and for your agents. It cannot be undone.`,
    yes: "Erase it",
  }, signal)) return false;
  // Gone already is what was wanted.
  await api.erase(event.id).catch((error) => { if (error.status !== 404) throw error; });
  announce(`The ${name} was erased.`);
  return true;
}

async function eraseAll(signal) {
  if (!await sure({
    title: "Erase everything you have here?",
    text: "All that this view shows leaves memory for good. Tasks and usage stay. It cannot be undone.",
    yes: "Erase everything",
  }, signal)) return false;
  const { erased } = await api.eraseAll();
  announce(`Events erased: ${whole(erased)}.`);
  return true;
}
