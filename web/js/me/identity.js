// Who one is: user, issuer, session, and what one may do.

import { now } from "../base/clock.js";
import { h } from "../base/dom.js";
import { card, facts } from "../base/parts.js";
import { exact } from "../base/time.js";
import { dayTime } from "../base/words.js";
import { allowance, grantWords, until } from "./words.js";

export function identity(person) {
  return card("You",
    facts([
      ["User", word(person.user)],
      ["Known by", word(person.issuer)],
      ["Signed in", grantWords(person.grant)],
      ["Until", person.expires_at ? coming(person.expires_at * 1000) : "no end is set"],
      ["Session", person.session_id && h("code", {}, person.session_id)],
    ]),
    h("h3", {}, "You may"),
    scopes(person));
}

const word = (text) => h("span", { class: "foreign", dir: "auto" }, text);

/** A moment to come, with the exact one on hover. */
export const coming = (ms) =>
  h("time", { datetime: new Date(ms).toISOString(), title: exact(ms) }, `${dayTime(ms)} (${until(ms, now())})`);

function scopes({ scopes: all = [], scopes_enforced: held }) {
  return [
    held === false
      ? h("p", { class: "help" }, "The gateway does not hold people of this provider to their scopes. What you may do without any is listed too.")
      : null,
    all.length === 0
      ? h("p", { class: "notice" }, "Nothing: no scope was given to you. Ask whoever runs the gateway.")
      : h("ul", { class: "scopes" }, ...all.map((scope) =>
        h("li", {}, h("code", {}, scope), h("span", {}, allowance(scope))))),
  ];
}
