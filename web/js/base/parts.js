// What more than one view is made of.

import { h } from "./dom.js";
import { explain } from "./errors.js";
import { taskState } from "./words.js";

/** The head of a view: its name, one sentence, and what can be done there. */
export const head = (title, lead = null, ...actions) =>
  h("header", { class: "view-head" },
    h("div", {},
      h("h1", { tabindex: "-1" }, title),
      lead === null ? null : h("p", { class: "help" }, lead)),
    actions.length === 0 ? null : h("div", { class: "row" }, ...actions));

/** A card with a heading of its own. */
export function card(title, ...children) {
  const id = `card-${++cards}`;
  return h("section", { class: "card", "aria-labelledby": id }, h("h2", { id }, title), ...children);
}
let cards = 0;

/** Nothing is here yet: says so, and what to do next. */
export const empty = (title, next, ...actions) =>
  h("div", { class: "empty" }, h("p", { class: "empty-title" }, title), h("p", { class: "help" }, next), ...actions);

/** What went wrong, in words, with a button where trying again may help. */
export function trouble(error, again = null) {
  const button = again === null ? null : h("button", { type: "button", class: "quiet", onclick: again }, "Try again");
  return h("div", { class: "notice bad", role: "alert" }, h("p", {}, explain(error)), button);
}

/** A state as a small coloured word; colour is never all that tells it. */
export const chip = (state, word = state) => h("span", { class: "chip", "data-state": state }, word);

/** The chip of a task's status: its own state where it is known, the plain one else. */
export function stateChip(status) {
  const calm = /cancel/i.test(status.detail ?? "") && status.state === "error";
  const word = status.state_name ? fine(status.state_name) : calm ? "canceled" : taskState(status.state);
  return chip(word);
}

const FINE = { submitted: "waiting", completed: "done", "input-required": "asks back", "auth-required": "wants a login" };
const fine = (name) => FINE[name] ?? name;

export const button = (text, onclick, { look = "quiet", ...props } = {}) =>
  h("button", { type: "button", class: look, onclick, ...props }, text);

/** A button that does something that takes a while, once at a time; failures go to `onError`. */
export function doer(text, busy, act, { look = "quiet", onError = () => {}, ...props } = {}) {
  const it = button(text, async () => {
    if (it.getAttribute("aria-disabled")) return;
    // Not `disabled`, which would take the keyboard's focus away from it.
    it.setAttribute("aria-disabled", "true");
    it.textContent = busy;
    try {
      await act();
    } catch (error) {
      onError(error);
    } finally {
      it.removeAttribute("aria-disabled");
      it.textContent = text;
    }
  }, { look, ...props });
  return it;
}

/** A long text, shortened to what a browser draws with ease; the rest is shown when asked for. */
export function long(text, { most = 20_000, pre = false } = {}) {
  const place = h(pre ? "pre" : "div", { class: "prose", dir: "auto", ...(pre ? { tabindex: "0" } : {}) });
  if (text.length <= most) {
    place.append(text);
    return place;
  }
  place.append(text.slice(0, most));
  const rest = `${(text.length - most).toLocaleString("en-GB")} more characters`;
  const more = button(`Show ${rest}`, () => {
    more.remove();
    place.append(text.slice(most));
  });
  return h("div", { class: "long" }, place, more);
}

/** Names and what they are, as a list of two columns. */
export const facts = (pairs) =>
  h("dl", { class: "facts" }, ...pairs
    .filter(([, value]) => value !== null && value !== undefined)
    .flatMap(([name, value]) => [h("dt", {}, name), h("dd", {}, value)]));

/** A field with its label above it. */
export function field(label, input, help = null) {
  const id = input.id || `field-${++fields}`;
  input.id = id;
  if (help !== null) input.setAttribute("aria-describedby", `${id}-help`);
  return h("div", { class: "field" },
    h("label", { for: id }, label), input,
    help === null ? null : h("p", { class: "help", id: `${id}-help` }, help));
}
let fields = 0;
