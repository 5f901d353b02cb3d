// Makes a key, and shows it the one time it can be seen.

import * as api from "../base/api.js";
import { copyButton } from "../base/copy.js";
import { h } from "../base/dom.js";
import { button, doer, field, trouble } from "../base/parts.js";
import { announce } from "../shell/announce.js";
import { allowance } from "./words.js";

const ENDS = [["1d", "in one day"], ["30d", "in 30 days"], ["90d", "in 90 days"], ["365d", "in a year"], ["never", "never"]];
const USUAL = new Set(["chat:run", "tasks:run", "memory:read", "memory:write"]);
const LONGEST_NAME = 100;

/** The form, opened by a button; `onMade` draws the list of keys again. */
export function maker(person, onMade, signal) {
  const place = h("div", { class: "maker" });
  const open = button("Make a key", () => {
    open.hidden = true;
    const it = form(person, { close, made });
    place.replaceChildren(open, it);
    it.querySelector("input").focus();
  }, { look: "primary" });
  place.append(open);

  function close() {
    open.hidden = false;
    place.replaceChildren(open);
    open.focus();
  }

  async function made(key) {
    const it = shownOnce(key, close);
    place.replaceChildren(open, it);
    it.focus();
    announce("The key is made. It is shown this once.");
    await onMade().catch(() => {});
  }
  signal.addEventListener("abort", () => place.replaceChildren());
  return place;
}

function form(person, { close, made }) {
  const name = h("input", { maxlength: LONGEST_NAME, autocomplete: "off", spellcheck: "false" });
  const expires = h("select", {}, ...ENDS.map(([value, word]) => h("option", { value, selected: value === "90d" }, word)));
  const boxes = person.scopes.map((scope) => h("input", { type: "checkbox", value: scope, checked: USUAL.has(scope) }));
  const problem = h("div", {});
  const go = doer("Make it", "Making it…", async () => {
    const scopes = boxes.filter((box) => box.checked).map((box) => box.value);
    if (scopes.length === 0) {
      problem.replaceChildren(h("p", { class: "notice bad", role: "alert" }, "Choose at least one thing that the key may do."));
      return;
    }
    made(await api.makeKey({ ...(name.value.trim() ? { name: name.value.trim() } : {}), scopes, expires: expires.value }));
  }, { look: "primary", onError: (error) => problem.replaceChildren(trouble(error)) });

  return h("form", { class: "key-make", onsubmit: (event) => { event.preventDefault(); go.click(); } },
    field("Name", name, "What it is for, so that you know it again."),
    h("fieldset", {}, h("legend", {}, "It may"), ...boxes.map(choice)),
    field("It ends", expires),
    problem,
    h("div", { class: "row" }, go, button("Not now", close)));
}

const choice = (box) =>
  h("label", { class: "may" }, box, h("span", {}, h("code", {}, box.value), ` ${allowance(box.value)}`));

function shownOnce(key, close) {
  const code = h("code", {}, key.key);
  return h("section", { class: "notice key-once", tabindex: "-1", "aria-label": "Your new key" },
    h("p", {}, h("strong", {}, "Copy it now. It is never shown again.")),
    h("p", {}, "Whoever has it can act in your name. Keep it where you keep passwords; do not put it into code."),
    h("figure", { class: "code" },
      h("figcaption", {}, h("span", {}, key.name || "key"), copyButton(code, "the key")),
      h("pre", { class: "key-text", tabindex: "0", role: "region", "aria-label": "The key" }, code)),
    button("I have kept it", close));
}
