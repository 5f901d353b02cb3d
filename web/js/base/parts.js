// What more than one view is made of.

import { h } from "./dom.js";
import { explain } from "./errors.js";
import { toneOf, wordOf } from "./state.js";
import { whole } from "./words.js";

/** The head of a view: its name, one sentence, and what can be done there. */
export const head = (title, lead = null, ...actions) =>
  h("header", { class: "view-head" },
    h("div", {}, h("h1", { tabindex: "-1", dir: "auto" }, title), lead && help(lead)),
    h("div", { class: "row" }, ...actions));

export const card = (title, ...children) =>
  h("section", { class: "card stack", "aria-label": title }, h("h2", {}, title), ...children);

export const help = (...words) => h("p", { class: "help" }, ...words);

export const reading = () => h("p", { class: "help reading" }, "Reading…");

/** Says that nothing is here yet, and what to do next. */
export const empty = (title, next, ...actions) =>
  h("div", { class: "empty" }, h("strong", {}, title), help(next), ...actions);

/** What went wrong, in words, with a button where trying again may help. */
export const trouble = (error, again = null) =>
  h("div", { class: "notice bad", role: "alert" }, h("p", {}, explain(error)), again && button("Try again", again));

/** One sentence for all that a view shows; it is read out when it changes. */
export const told = (text, isGood) =>
  h("p", { class: "told", role: "status", "data-tone": isGood ? "good" : "bad" }, text);

/** A list of things: what each is called, what is known of it, and what can be done with it. */
export const things = (rows) => h("ul", { class: "things" }, rows.map(({ id, name, says, act }) =>
  h("li", { "data-id": id }, h("p", { class: "row foreign" }, name), h("div", { class: "foreign" }, says), act)));

export const chip = (state, word = wordOf(state)) => h("span", { class: "chip", "data-tone": toneOf(state) }, word);

export const button = (text, onclick, { look = "quiet", ...props } = {}) =>
  h("button", { type: "button", class: look, onclick, ...props }, text);

/** A button that does something that takes a while, once at a time; failures go to `onError`. */
export function doer(text, busy, act, { onError, ...props }) {
  const it = button(text, async () => {
    if (it.getAttribute("aria-disabled")) return;
    // Not `disabled`, which would take the keyboard's focus away from it.
    it.setAttribute("aria-disabled", "true");
    it.textContent = busy;
    try {
      await act();
    } catch (error) {
      onError(error);
    }
    it.removeAttribute("aria-disabled");
    it.textContent = text;
  }, props);
  return it;
}

/** Puts the beginning of a long text into an element; gives back a button for the rest, or null. */
export function begun(into, text, most = 20_000) {
  into.append(text.slice(0, most));
  if (text.length <= most) return null;
  const more = button(`Show ${whole(text.length - most)} more characters`, () => {
    into.append(text.slice(most));
    more.remove();
  });
  return more;
}

/** A long text, shortened to what a browser draws with ease. */
export function long(text, { most } = {}) {
  const prose = h("div", { class: "prose", dir: "auto" });
  return h("div", { class: "long" }, prose, begun(prose, text, most));
}

/** Names and what they are, as a list of two columns. */
export const facts = (pairs) =>
  h("dl", { class: "facts" }, pairs.filter(([, value]) => (value ?? null) !== null)
    .flatMap(([name, value]) => [h("dt", {}, name), h("dd", {}, value)]));

/** A field with its label above it. */
export const field = (label, input) => h("label", { class: "field" }, label, input);
