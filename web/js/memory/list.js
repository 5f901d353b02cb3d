// The list of events: the newest, or those found.

import * as api from "../base/api.js";
import { h } from "../base/dom.js";
import { explain } from "../base/errors.js";
import { button, empty, trouble } from "../base/parts.js";
import { codeBlock } from "../base/written.js";
import { wordsOf } from "./marks.js";
import { row } from "./row.js";

const PAGE = 30;
const FOUND = 100;
/** Rows of a list that grows by itself. */
const MOST = 5 * PAGE;
/** Scrolled further than this, people read: nothing moves under them. */
const NEAR_TOP = 200;

/** `asked` is `{ q, session, filters }`: words, and what an event has to have. */
export function list(asked, signal) {
  const says = h("p", { class: "help", role: "status" }, "Reading…");
  const rows = h("ol", { "aria-label": "Events" });
  const foot = h("div", {});
  const element = h("div", { class: "memory-list" }, says, rows, foot);
  const shown = new Map();
  let stop = new AbortController();
  let open = null;
  // How the last reading went: `new`, `read`, `failed`, or `off` where nothing is kept.
  let standing = "new";

  const here = () => AbortSignal.any([signal, stop.signal]);

  /** Reads from the start. What is shown stays until the answer is there. */
  async function load() {
    stop.abort();
    stop = new AbortController();
    const reading = here();
    element.setAttribute("aria-busy", "true");
    try {
      draw(await find(asked, {}, reading));
    } catch (error) {
      if (!reading.aborted && error.status !== 401) fail(error);
    } finally {
      if (!reading.aborted) element.removeAttribute("aria-busy");
    }
  }

  function draw(page) {
    standing = "read";
    shown.clear();
    rows.replaceChildren();
    says.textContent = told(asked, page);
    rows.append(...page.events.map(line));
    foot.replaceChildren(page.events.length === 0 ? nothing(asked, page) : more(page.next));
  }

  /** A row that is from now on one of those shown. */
  function line(event) {
    const element = row(event, asked, event.id === open);
    element.dataset.id = event.id;
    shown.set(event.id, element);
    return element;
  }

  const unknown = ({ events }) => events.filter((event) => !shown.has(event.id));

  const more = (next) => (next === null ? "" : button("Show more", async () => {
    const reading = here();
    try {
      const page = await find(asked, { before: next }, reading);
      const come = unknown(page).map(line);
      rows.append(...come);
      foot.replaceChildren(more(page.next));
      come[0]?.querySelector("a").focus();
    } catch (error) {
      if (!reading.aborted) foot.replaceChildren(trouble(error), more(next));
    }
  }));

  function fail(error) {
    standing = error.code === "memory_off" ? "off" : "failed";
    // Said once, not at each try.
    if (foot.textContent.startsWith(explain(error))) return;
    shown.clear();
    rows.replaceChildren();
    says.textContent = "";
    foot.replaceChildren(standing === "off" ? off() : trouble(error, load));
  }

  /** Puts what came since the last reading before what is shown. */
  async function look() {
    if (standing === "off" || element.hasAttribute("aria-busy")) return;
    if (standing !== "read") return load();
    if (isSearch(asked) || scrollY > NEAR_TOP || unknown(await find(asked, { limit: 1 }, here())).length === 0) return;
    const page = await find(asked, {}, here());
    const come = unknown(page);
    // None of them is known: nothing was shown, or there is a gap.
    if (come.length === page.events.length) draw(page);
    else rows.prepend(...come.map(line));
    if (shown.size > MOST) shorten();
  }

  /** Drops the oldest rows; they can be read again. */
  function shorten() {
    for (const id of [...rows.children].slice(MOST).map(({ dataset }) => dataset.id)) {
      shown.get(id).remove();
      shown.delete(id);
    }
    foot.replaceChildren(more(rows.lastElementChild.dataset.id));
  }

  function mark(id) {
    open = id;
    for (const [each, { firstChild: link }] of shown) {
      if (each === id) link.setAttribute("aria-current", "true");
      else link.removeAttribute("aria-current");
    }
  }

  /** Takes an erased event away; gives back the link of its neighbour, if there is one. */
  function remove(id) {
    const gone = shown.get(id);
    const beside = gone?.nextElementSibling ?? gone?.previousElementSibling;
    shown.delete(id);
    gone?.remove();
    if (shown.size === 0) load();
    return beside?.querySelector("a");
  }

  return { element, load, look, mark, remove, link: (id) => shown.get(id)?.querySelector("a") };
}

const isSearch = ({ q }) => wordsOf(q).size > 0;
const wantedOf = ({ session, filters }) => ({ ...filters, session_id: session });
const isNarrow = (asked) => Object.values(wantedOf(asked)).some(Boolean);

/** `{ events, next }`; of a search also whether there may be more than it looked at. */
async function find(asked, more, signal) {
  if (!isSearch(asked)) return api.memories({ limit: PAGE, ...wantedOf(asked), ...more }, signal);
  const { events } = await api.search(asked.q, FOUND, signal);
  // A search of the gateway knows no filters.
  const wanted = Object.entries(wantedOf(asked)).filter(([, value]) => value);
  const fits = (event) => wanted.every(([name, value]) => event[name] === value);
  return { events: events.filter(fits), next: null, isCut: events.length === FOUND };
}

function told(asked, { events, isCut }) {
  if (events.length === 0) return "Nothing found.";
  if (!isSearch(asked)) return "Newest first.";
  if (!isCut) return `${events.length} found, the best first.`;
  if (isNarrow(asked)) return `${events.length} of the best ${FOUND} are like that. Rarer words may bring out more.`;
  return `The best ${FOUND} are shown. Rarer words may bring out others.`;
}

/** No event fits what is asked for: why, and what to do. */
function nothing(asked, { isCut }) {
  if (isCut) return empty(`None of the best ${FOUND} is of this kind.`, "There may be others: look for rarer words, or among everything.");
  if (isSearch(asked)) return empty("Nothing has these words.", "A search finds whole words, in any case; any one of them is enough.");
  if (isNarrow(asked)) return empty("Nothing is of this kind.", "Look at everything to see what is kept.");
  return empty("Nothing is kept yet.",
    "Prompts, answers, tasks, what became of them and what agents write down come here by themselves. Secrets in them are blacked out first.",
    h("a", { class: "go", href: "#/ask" }, "Ask something"));
}

const off = () => h("div", { class: "empty memory-off" },
  h("p", { class: "empty-title" }, "Memory is off here."),
  h("p", { class: "help" }, "Nothing is kept. Whoever runs the gateway turns it on with a setting and a restart:"),
  codeBlock({ lang: "sh", text: "MEM_BACKEND=sqlite     # or postgres, or weaviate" }));
