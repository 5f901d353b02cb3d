// Where one says what to look for.

import { button, field } from "../base/parts.js";
import { h } from "../base/dom.js";
import { KINDS } from "./event.js";
import { isNarrowed } from "./state.js";

const PAUSE_MS = 250;

/** `onChange` is called once `asked`, which is changed in place, is another. */
export function filters(asked, onChange) {
  const q = h("input", { type: "search", autocomplete: "off", spellcheck: "false", maxlength: "1000", placeholder: "Words in titles and texts" });
  const event = h("select", {}, h("option", { value: "" }, "Everything"),
    ...KINDS.map(([name, words]) => h("option", { value: name }, words)));
  const task = h("input", { autocomplete: "off", spellcheck: "false", maxlength: "100", placeholder: "Any" });
  const session = h("input", { autocomplete: "off", spellcheck: "false", maxlength: "200", placeholder: "Any" });
  const all = { q, event, task, session };
  const clear = button("Clear filters", () => {
    set({ event: "", task: "", session: "" });
    event.focus();
    onChange();
  });
  let timer = null;

  function draw() {
    for (const [name, input] of Object.entries(all)) if (input.value !== asked[name]) input.value = asked[name];
    clear.hidden = !isNarrowed(asked);
  }

  function set(values) {
    Object.assign(asked, values);
    draw();
  }

  function read() {
    clearTimeout(timer);
    const before = JSON.stringify(asked);
    for (const [name, input] of Object.entries(all)) asked[name] = name === "q" ? input.value : input.value.trim();
    clear.hidden = !isNarrowed(asked);
    if (JSON.stringify(asked) !== before) onChange();
  }

  q.addEventListener("input", () => {
    clearTimeout(timer);
    timer = setTimeout(read, PAUSE_MS);
  });
  for (const input of [event, task, session]) input.addEventListener("change", read);
  draw();
  const form = h("form", { class: "filters", role: "search", "aria-label": "Memory", onsubmit: (sent) => { sent.preventDefault(); read(); } },
    wide(field("Search", q)), field("Kind", event), field("Task id", task), field("Session id", session), clear);
  return { form, set, focus: () => q.focus() };
}

function wide(element) {
  element.classList.add("wide");
  return element;
}
