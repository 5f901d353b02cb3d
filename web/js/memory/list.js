// The list of events: the newest, or those found.

import * as api from "../base/api.js";
import { h, redraw } from "../base/dom.js";
import { every, tells } from "../base/every.js";
import { chip, doer, empty, trouble } from "../base/parts.js";
import { moment } from "../base/time.js";
import { who } from "../base/words.js";
import { codeBlock } from "../base/written.js";
import { href } from "../shell/router.js";
import { brief, kindName, whenOf } from "./event.js";
import { mark, stretch, wordsOf } from "./marks.js";

const LOOK_MS = 5000;
const PAGE = 30;
const FOUND = 100;
const GIST = 400;
/** Scrolled further than this, people read: nothing moves under them. */
const NEAR_TOP = 200;

/** `show(asked)` has it show other events: `{ q, filters }` are words, and what an event has to have. */
export function list(signal) {
  const problem = h("div", {});
  const says = h("p", { class: "help", role: "status" }, "Reading…");
  const rows = h("ol", { "aria-label": "Events" });
  const foot = h("div", {});
  const element = h("div", { class: "memory-list" }, problem, says, rows, foot);
  let stop = new AbortController();
  let asked = null;
  let newest = null;
  let open = null;

  /** What is shown stays until the answer is there. */
  function show(wanted) {
    stop.abort();
    stop = new AbortController();
    [asked, newest] = [wanted, null];
    every(LOOK_MS, look, AbortSignal.any([signal, stop.signal]), fail);
  }

  async function look(here) {
    const isRead = scrollY > NEAR_TOP || element.contains(document.activeElement);
    if (newest !== null && (isSearch(asked) || isRead)) return;
    const page = await find(asked, {}, here);
    problem.replaceChildren();
    if (page.events[0]?.id === newest) return;
    newest = page.events[0]?.id;
    says.textContent = told(asked, page);
    rows.replaceChildren(...page.events.map(line));
    foot.replaceChildren(page.events.length === 0 ? nothing(asked) : more(page.next, here));
  }

  const line = (event) => row(event, asked, event.id === open);

  const more = (next, here) => (next === null ? "" : doer("Show more", "Reading…", async () => {
    const page = await find(asked, { before: next }, here);
    const come = page.events.map(line);
    rows.append(...come);
    foot.replaceChildren(more(page.next, here));
    come[0]?.firstChild.focus();
  }, { onError: (error) => { if (!here.aborted) foot.replaceChildren(trouble(error), more(next, here)); } }));

  function fail(error) {
    if (newest === null) says.textContent = "";
    if (error.code === "memory_off") redraw(foot, off());
    else tells(problem)(error);
  }

  const linkOf = (id) => [...rows.children].find(({ dataset }) => dataset.id === id)?.firstChild;

  /** Says which event is read; gives back the link of the one before. */
  function choose(id) {
    const before = linkOf(open);
    before?.removeAttribute("aria-current");
    linkOf(id)?.setAttribute("aria-current", "true");
    open = id;
    return before;
  }

  function remove(id) {
    linkOf(id)?.parentNode.remove();
    says.textContent = told(asked, { events: rows.children });
  }

  return { element, show, choose, remove };
}

/** Who wrote it, or whom it was for. */
const by = ({ event, agent, model, target }) =>
  agent || (target && who(target)) || (event === "response" ? model : "you");

function row(event, { q, filters }, isOpen) {
  const words = wordsOf(q);
  const { title, rest } = brief(event);
  const at = whenOf(event);
  const to = href("memory", event.id, filters);
  return h("li", { class: "memory-row", "data-id": event.id },
    mark(h("a", { class: "one-line", dir: "auto", href: to, "aria-current": isOpen && "true" }, title), words),
    mark(h("p", { class: "memory-gist", dir: "auto" }, stretch(rest, words, GIST)), words),
    h("p", { class: "memory-meta" },
      chip(null, kindName(event)), h("bdi", { class: "one-line" }, by(event)), at && moment(at, "day")));
}

const isSearch = ({ q }) => wordsOf(q).size > 0;

/** `{ events, next }`; of a search also whether there may be more than it looked at. */
async function find(asked, more, signal) {
  if (!isSearch(asked)) return api.memories({ limit: PAGE, ...asked.filters, ...more }, signal);
  const { events } = await api.search(asked.q, FOUND, signal);
  // A search of the gateway knows no filters.
  const wanted = Object.entries(asked.filters).filter(([, value]) => value);
  const fits = (event) => wanted.every(([name, value]) => event[name] === value);
  return { events: events.filter(fits), next: null, isCut: events.length === FOUND };
}

function told(asked, { events, isCut }) {
  if (isCut) return `The best ${FOUND} were looked at. Rarer words may bring out others.`;
  if (events.length === 0) return isSearch(asked) ? "Nothing found." : "";
  return isSearch(asked) ? `${events.length} found, the best first.` : "Newest first.";
}

function nothing(asked) {
  if (isSearch(asked) || Object.values(asked.filters).some(Boolean)) {
    return empty("Nothing is like that.", "A search finds whole words. Look for others, or at everything.");
  }
  return empty("Nothing is kept yet.",
    "Prompts, answers, tasks and what agents write come here by themselves. Secrets in them are blacked out first.",
    h("a", { class: "go", href: "#/ask" }, "Ask something"));
}

const off = () => h("div", { class: "memory-off" }, empty("Memory is off here.",
  "Nothing is kept. Whoever runs the gateway turns it on with a setting and a restart:",
  codeBlock({ lang: "sh", text: "MEM_BACKEND=sqlite     # or postgres, or weaviate" })));
