// What narrows the list of tasks: fields above it, and the session that was clicked.

import { agents } from "../base/api.js";
import { h } from "../base/dom.js";
import { button, field } from "../base/parts.js";
import { who } from "./who.js";

const PAUSE_MS = 350;
const MOST_Q = 200;

const STATES = [
  ["", "Any"], ["submitted", "Waiting"], ["working", "Working"], ["input-required", "Asks back"],
  ["auth-required", "Wants a login"], ["completed", "Done"], ["failed", "Failed"], ["canceled", "Canceled"],
  ["rejected", "Turned down"],
];

/** A state that the address names, if there is one of that name. */
export const knownState = (name) => (STATES.some(([value]) => value === name) ? name : "");

const option = ([value, text], wanted) => h("option", { value, selected: value === wanted }, text);

/** `onChange(wanted)` hears of every change of `{ state, agent, q, session, roots }`. */
export function filters(wanted, onChange, signal) {
  const state = h("select", {}, ...STATES.map((each) => option(each, wanted.state)));
  const agent = h("select", {}, option(["", "Any"], wanted.agent));
  const q = h("input", { type: "search", maxlength: MOST_Q, autocomplete: "off", spellcheck: "false", placeholder: "Words, or an id", value: wanted.q });
  const roots = h("input", { type: "checkbox", checked: wanted.roots });
  const session = h("p", { class: "by-session", hidden: true });
  const targets = new Set();

  const change = (part) => {
    Object.assign(wanted, part);
    onChange(wanted);
  };
  state.addEventListener("change", () => change({ state: state.value }));
  agent.addEventListener("change", () => change({ agent: agent.value }));
  roots.addEventListener("change", () => change({ roots: roots.checked }));
  debounced(q, (text) => { if (text !== wanted.q) change({ q: text }); }, signal);

  /** Targets that are to be chosen from; those named in the address and in tasks too. */
  function offer(names) {
    for (const name of names) {
      if (!name || targets.has(name)) continue;
      targets.add(name);
      agent.append(option([name, who(name).slice(0, 80)], wanted.agent));
    }
  }

  function showSession() {
    session.hidden = !wanted.session;
    if (!wanted.session) return;
    session.replaceChildren("Only the session ", h("code", { title: wanted.session }, short(wanted.session)), " ",
      button("Show all sessions", () => { bySession(""); state.focus(); }));
  }

  function bySession(id) {
    wanted.session = id;
    showSession();
    onChange(wanted);
  }

  offer([wanted.agent]);
  showSession();
  agents({ signal }).then((found) => offer([...found.map((each) => each.name), "chat"]), () => {});

  const bar = h("div", { class: "filters", role: "search", "aria-label": "Narrow the list" },
    wide(field("Search", q)), field("State", state), field("Agent", agent),
    h("label", { class: "tick" }, roots, "Only first tasks of a hand-off"));
  return {
    element: h("div", { class: "narrow" }, bar, session),
    offer,
    bySession,
    clear() {
      Object.assign(wanted, { state: "", agent: "", q: "", session: "", roots: false });
      [state.value, agent.value, q.value, roots.checked] = ["", "", "", false];
      showSession();
      onChange(wanted);
      q.focus();
    },
  };
}

export const short = (id) => (id.length > 8 ? id.slice(0, 8) : id);
export const isNarrowed = ({ state, agent, q, session, roots }) => Boolean(state || agent || q || session || roots);

function wide(element) {
  element.classList.add("wide");
  return element;
}

function debounced(input, take, signal) {
  let timer;
  const now = () => {
    clearTimeout(timer);
    take(input.value.trim());
  };
  input.addEventListener("input", (event) => {
    clearTimeout(timer);
    if (!event.isComposing) timer = setTimeout(now, PAUSE_MS);
  });
  input.addEventListener("compositionend", () => { timer = setTimeout(now, PAUSE_MS); });
  input.addEventListener("keydown", (event) => { if (event.key === "Enter") now(); });
  signal.addEventListener("abort", () => clearTimeout(timer));
}
