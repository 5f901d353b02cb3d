// Makes a key, and shows it the one time it can be seen.

import * as api from "../base/api.js";
import { announce, h } from "../base/dom.js";
import { button, doer, field, trouble } from "../base/parts.js";
import { codeBlock } from "../base/written.js";
import { allowance } from "./words.js";

const ENDS = [["90d", "in 90 days"], ["1d", "in one day"], ["30d", "in 30 days"], ["365d", "in a year"]];
const USUAL = new Set(["chat:run", "tasks:run", "memory:read", "memory:write"]);

/** The form, opened by whoever wants it; `onMade` draws the list of keys again. */
export function maker({ scopes }, onMade, signal) {
  const name = h("input", { maxlength: 100, autocomplete: "off", spellcheck: "false" });
  const expires = h("select", {}, ...ENDS.map(([value, word]) => h("option", { value }, word)));
  const boxes = scopes.map((scope) => h("input", { type: "checkbox", value: scope, checked: USUAL.has(scope) }));
  const problem = h("div", {});
  const once = h("div", {});

  const go = doer("Make it", "Making it…", async () => {
    const may = boxes.filter((box) => box.checked).map((box) => box.value);
    const { key } = await api.makeKey({ name: name.value.trim(), scopes: may, expires: expires.value });
    if (signal.aborted) return;
    problem.replaceChildren();
    form.reset();
    box.open = false;
    once.replaceChildren(shown(key, close));
    once.firstChild.focus();
    announce("The key is made. It is shown this once.");
    onMade();
  }, { look: "go", onError: (error) => problem.replaceChildren(trouble(error)) });

  const form = h("form", { class: "stack", onsubmit: (event) => { event.preventDefault(); go.click(); } },
    field("Name, so that you know it again", name),
    h("fieldset", {}, h("legend", {}, "It may"), ...boxes.map((box) =>
      h("label", { class: "check" }, box, h("span", {}, h("code", {}, box.value), ` ${allowance(box.value)}`)))),
    field("It ends", expires),
    problem, go);
  const box = h("details", {}, h("summary", {}, "Make a key"), form);

  function close() {
    once.replaceChildren();
    box.firstChild.focus();
  }
  return h("div", { class: "stack" }, once, box);
}

const shown = (key, close) =>
  h("section", { class: "notice stack", tabindex: "-1", "aria-label": "Your new key" },
    h("p", {}, h("strong", {}, "Copy it now. It is never shown again.")),
    h("p", {}, "Whoever has it can act in your name. Keep it where you keep passwords; do not put it into code."),
    codeBlock({ lang: "key", text: key }),
    button("I have kept it", close));
