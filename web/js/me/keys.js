// The keys of one's programs: which there are, and revoking them.

import * as api from "../base/api.js";
import { now } from "../base/clock.js";
import { h } from "../base/dom.js";
import { button, card, chip, empty } from "../base/parts.js";
import { moment } from "../base/time.js";
import { ending } from "./ending.js";
import { coming } from "./identity.js";
import { maker } from "./make.js";
import { keyState, noKeys } from "./words.js";

export async function keys(place, person, signal) {
  const problem = h("div", {});
  const list = h("div", {});

  async function draw() {
    const found = await api.keys(signal);
    list.replaceChildren(found.length === 0
      ? empty("You have no key yet.", "A key lets a program of yours call the gateway in your name, without signing in.")
      : h("ul", { class: "things" }, ...found.map((key) => row(key, noKeys(person) === null ? revoke : null))));
  }

  const forGood = ending({ place, problem, draw, signal });
  const revoke = (key) => forGood({
    title: `Revoke ${nameOf(key)}?`,
    text: "Programs that use it are refused from then on. A revoked key cannot be made good again.",
    yes: "Revoke it",
  }, () => api.revokeKey(key.id), "The key is revoked.");

  await draw();
  const why = noKeys(person);
  const it = card("API keys",
    h("p", { class: "help" }, "For programs of yours: they send one as ", h("code", {}, "Authorization: Bearer …"), "."),
    why === null ? maker(person, draw, signal) : h("p", { class: "notice" }, why),
    problem, list);
  it.querySelector("h2").tabIndex = -1;
  place.replaceChildren(it);
}

const nameOf = (key) => (key.name ? `“${key.name}”` : `the key ${key.id.slice(0, 12)}`);

function row(key, revoke) {
  const { state, word } = keyState(key, now());
  return h("li", {},
    h("div", { class: "row-main" },
      h("p", { class: "row-name" },
        h("span", { class: "foreign", dir: "auto" }, key.name || "Without a name"), " ",
        h("code", { class: "help" }, key.id), " ", chip(state, word)),
      h("p", { class: "help" }, "made ", moment(key.created, "day"), ...times(key)),
      h("p", { class: "help" }, "may: ", (key.scopes ?? []).join(", ") || "nothing")),
    revoke !== null && word === "good"
      ? button("Revoke", () => revoke(key), { look: "quiet danger", "aria-label": `Revoke ${nameOf(key)}` })
      : null);
}

function times(key) {
  const used = key.last_used ? [" · last used ", moment(key.last_used)] : [];
  if (key.revoked) return [" · revoked ", moment(key.revoked, "day"), ...used];
  if (key.expires === null) return [" · without an end", ...used];
  return key.expires <= now() ? [" · ended ", moment(key.expires, "day"), ...used] : [" · until ", coming(key.expires), ...used];
}
