// What narrows the list of tasks. State and agent stand in the address; what people typed never does.

import { agents } from "../base/api.js";
import { h } from "../base/dom.js";
import { field } from "../base/parts.js";
import { wordOf } from "../base/state.js";
import { capital, who } from "../base/words.js";

const PAUSE_MS = 350;
const STATES = [
  "submitted", "working", "input-required", "auth-required", "completed", "failed", "canceled", "rejected",
];

/** What was typed, also for who comes back to the list. */
let typed = {};

/** Has the list show one session when it is opened next. */
export const onlySession = (session) => { typed = { session }; };

/** `onChange` is called after every change. */
export function filters({ state = "", agent = "" }, onChange, signal) {
  const option = (value, text = capital(wordOf(value))) => h("option", { value }, text);
  const plain = { autocomplete: "off", spellcheck: "false" };
  const choice = h("select", { name: "agent" }, option("", "Any"));
  const search = h("input", { name: "q", type: "search", maxlength: 200, placeholder: "Words, or an id", ...plain });
  const element = h("form", { id: "task-filters", class: "filters", role: "search", "aria-label": "Narrow the list" },
    field("Search", search),
    field("State", h("select", { name: "state" }, option("", "Any"), ...STATES.map((name) => option(name)))),
    field("Agent", choice),
    field("Session", h("input", { name: "session", maxlength: 100, placeholder: "Any", ...plain })));
  let timer;

  const wanted = () => Object.fromEntries([...new FormData(element)].map(([name, value]) => [name, value.trim()]));

  function offer(names) {
    const known = [...choice.options].map(({ value }) => value);
    choice.append(...names.filter((name) => !known.includes(name)).map((name) => option(name, who(name))));
  }

  function read() {
    clearTimeout(timer);
    typed = wanted();
    onChange();
  }

  element.addEventListener("input", ({ target }) => {
    clearTimeout(timer);
    timer = setTimeout(read, target.matches("select") ? 0 : PAUSE_MS);
  });
  element.addEventListener("submit", (event) => {
    event.preventDefault();
    read();
  });
  element.addEventListener("reset", () => {
    search.focus();
    timer = setTimeout(read);
  });
  signal.addEventListener("abort", () => clearTimeout(timer));
  offer([agent]);
  for (const [name, value] of Object.entries({ ...typed, state, agent })) element.elements[name].value = value;
  agents({ signal }).then((found) => offer([...new Set([...found.map(({ name }) => name), "chat"])]), () => {});

  return {
    element,
    wanted,
    isNarrow: () => Object.values(wanted()).some(Boolean),
    /** What stands in the address. */
    address: () => ({ state: wanted().state, agent: wanted().agent }),
  };
}
