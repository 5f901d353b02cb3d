// What narrows the list of tasks. State and agent stand in the address; what people typed never does.

import { agents } from "../base/api.js";
import { h } from "../base/dom.js";
import { field } from "../base/parts.js";
import { onClose } from "../base/session.js";
import { wordOf } from "../base/state.js";
import { capital, who } from "../base/words.js";

const PAUSE_MS = 350;
const STATES = ["submitted", "working", "input-required", "auth-required", "completed", "failed", "canceled", "rejected"];
const ALL = { state: "", agent: "", q: "", session: "", roots: "" };

/** What the list is narrowed to, also when one comes back to it. */
let kept = ALL;
onClose(() => { kept = ALL; });

/** Has the list show one session when it is opened next. */
export const onlySession = (session) => { kept = { ...ALL, session }; };

/** What is wanted where the address has these `params`. */
export function wantedOf({ state, agent }) {
  return { ...kept, state: STATES.includes(state) ? state : "", agent: agent ?? "" };
}

export const isNarrowed = (wanted) => Object.values(wanted).some(Boolean);

/** `onChange(wanted)` hears of every change. */
export function filters(wanted, onChange, signal) {
  const option = (value, text) => h("option", { value }, text);
  const typed = { autocomplete: "off", spellcheck: "false" };
  const fields = {
    q: h("input", { type: "search", maxlength: 200, placeholder: "Words, or an id", ...typed }),
    state: h("select", {}, option("", "Any"), ...STATES.map((name) => option(name, capital(wordOf(name))))),
    agent: h("select", {}, option("", "Any")),
    session: h("input", { maxlength: 100, placeholder: "Any", ...typed }),
    roots: h("select", {}, option("", "All"), option("true", "First of a hand-off")),
  };
  let timer;

  function show(values) {
    offer([values.agent]);
    for (const [name, input] of Object.entries(fields)) input.value = values[name];
  }

  function read() {
    clearTimeout(timer);
    const now = Object.fromEntries(Object.entries(fields).map(([name, input]) => [name, input.value.trim()]));
    if (Object.keys(now).every((name) => now[name] === wanted[name])) return;
    wanted = kept = now;
    onChange(now);
  }

  /** Adds agents to choose from. */
  function offer(names) {
    const known = new Set([...fields.agent.options].map(({ value }) => value));
    for (const name of new Set(names)) if (!known.has(name)) fields.agent.append(option(name, who(name)));
  }

  function later({ target }) {
    clearTimeout(timer);
    timer = setTimeout(read, target.matches("select") ? 0 : PAUSE_MS);
  }

  signal.addEventListener("abort", () => clearTimeout(timer));
  agents({ signal }).then((found) => offer([...found.map(({ name }) => name), "chat"]), () => {});
  show(wanted);
  const element = h("form", {
    class: "filters", role: "search", "aria-label": "Narrow the list", oninput: later,
    onsubmit: (event) => { event.preventDefault(); read(); },
  }, field("Search", fields.q), field("State", fields.state), field("Agent", fields.agent), field("Session", fields.session),
  field("Show", fields.roots));
  element.firstElementChild.classList.add("wide");

  function clear() {
    show(ALL);
    read();
    fields.q.focus();
  }
  return { element, offer, clear };
}
