// The view Memory: looks for what was said and written, shows it, erases it.

import * as api from "../base/api.js";
import { h, say } from "../base/dom.js";
import { every, tells } from "../base/every.js";
import { button, doer, field, head, trouble } from "../base/parts.js";
import { onClose } from "../base/session.js";
import { sure } from "../base/sure.js";
import { whole } from "../base/words.js";
import { announce, stay } from "../shell/desk.js";
import { go, note } from "../shell/router.js";
import { brief, kindName, KINDS } from "./event.js";
import { list } from "./list.js";
import { reader } from "./reader.js";

const LOOK_MS = 5000;
const PAUSE_MS = 250;

const NOTHING = { q: "", session: "" };

/** What was looked for last: words, or a session. It never stands in the address. */
let kept = NOTHING;
onClose(() => { kept = NOTHING; });

const filtersOf = ({ event = "", task_id = "" }) => ({ event, task_id });

/** `asked` is what the list shows: the words `q`, the `session`, and the `filters` that stand in the address. */
export function show(place, { id, params }, signal) {
  const filters = filtersOf(params);
  // Of one task all is to be seen.
  if (filters.task_id) kept = NOTHING;
  const asked = { ...kept, filters };
  let open = null;
  const events = list(asked, signal);
  const opened = reader(asked, signal, { onErase: erase, onSession: (session) => anew({ q: "", session }) });
  const search = form(asked, {
    onWords: (q) => look({ q }),
    onKind: (event) => go("memory", open, { ...asked.filters, event }),
    onAll: () => anew(NOTHING),
  });
  const [failed, away] = [h("div", {}), h("div", {})];
  place.append(
    head("Memory", "What you and your agents asked, answered and wrote down. Other people cannot see it."),
    search.element, away,
    h("div", { class: "memory-panes" }, events.element, opened.element),
    h("p", { class: "memory-all" }, doer("Erase everything I have here", "Erasing…", eraseAll,
      { look: "quiet danger", onError: (error) => failed.replaceChildren(trouble(error)) })),
    failed);

  function look({ q = asked.q, session = asked.session }, filters = asked.filters) {
    // Who left while typing leaves no words behind.
    if (signal.aborted) return;
    kept = { q, session };
    Object.assign(asked, kept, { filters });
    search.draw();
    events.load();
    opened.light();
  }

  /** Shows the list of this and nothing else. */
  function anew(what) {
    choose(null);
    look(what, filtersOf({}));
    note("memory");
    place.querySelector("h1").focus();
  }

  /** Opens an event, or none for null. */
  function choose(id) {
    open = id;
    place.classList.toggle("reads", open !== null);
    events.mark(open);
    return opened.read(open);
  }

  /** The address has changed within this view: the focus goes along. */
  async function moved(to, filters) {
    const isAnother = JSON.stringify(filters) !== JSON.stringify(asked.filters);
    if (isAnother) look(filters.task_id ? NOTHING : {}, filters);
    if (to === open) return;
    const before = isAnother ? undefined : events.link(open);
    await choose(to);
    if (to !== open) return;
    if (to === null) (before ?? place.querySelector("h1")).focus();
    else opened.focus();
  }

  async function erase(event) {
    const name = kindName(event).toLowerCase();
    const isMeant = await sure({
      title: `Erase this ${name}?`,
      text: `“${brief(event).title}” leaves memory for good, for you and for your agents. It cannot be undone.`,
      yes: "Erase it",
    }, signal);
    if (!isMeant) return;
    // Gone already is what was wanted.
    await api.erase(event.id).catch((error) => { if (error.status !== 404) throw error; });
    if (signal.aborted) return;
    announce(`The ${name} was erased.`);
    const beside = events.remove(event.id);
    if (open !== event.id) return;
    note("memory", null, asked.filters);
    choose(null);
    (beside ?? place.querySelector("h1")).focus();
  }

  async function eraseAll() {
    const isMeant = await sure({
      title: "Erase everything you have here?",
      text: "Prompts, answers, documents, log lines, what tasks were asked and what became of them leave memory for good. Tasks and usage stay. It cannot be undone.",
      yes: "Erase everything",
      typed: "erase everything",
    }, signal);
    if (!isMeant) return;
    const { erased } = await api.eraseAll();
    if (signal.aborted) return;
    announce(erased === 1 ? "1 event was erased." : `${whole(erased)} events were erased.`);
    failed.replaceChildren();
    anew(NOTHING);
  }

  choose(id);
  stay("memory", (at) => {
    moved(at.id, filtersOf(at.params));
    return true;
  }, signal);
  every(LOOK_MS, async () => {
    await events.look();
    away.replaceChildren();
  }, signal, tells(away));
}

/** Where one says what to look for. */
function form(asked, { onWords, onKind, onAll }) {
  const q = h("input", { type: "search", autocomplete: "off", spellcheck: "false", maxlength: "200", placeholder: "Words in titles and texts" });
  const kind = h("select", { onchange: () => onKind(kind.value) }, h("option", { value: "" }, "Everything"),
    ...KINDS.map(([name, word]) => h("option", { value: name }, word)));
  const only = h("span", {});
  const narrowed = h("p", { class: "notice" }, only, " ", button("Show all", onAll, { look: "as-link" }));
  let timer;
  q.addEventListener("input", () => {
    clearTimeout(timer);
    timer = setTimeout(() => onWords(q.value), PAUSE_MS);
  });

  /** Shows what is asked for. */
  function draw() {
    const { event, task_id: task } = asked.filters;
    if (narrowed.contains(document.activeElement)) q.focus();
    if (q.value !== asked.q) q.value = asked.q;
    kind.value = event;
    say(only, task ? "Only what belongs to one task." : asked.session ? "Only what belongs to one session." : null);
    narrowed.hidden = only.hidden;
  }

  draw();
  const element = h("form", { class: "filters", role: "search", "aria-label": "Memory", onsubmit: (event) => event.preventDefault() },
    field("Search", q), field("Kind", kind), narrowed);
  element.firstChild.classList.add("wide");
  return { element, draw };
}
