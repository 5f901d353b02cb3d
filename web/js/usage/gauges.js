// What is left of each quota, as gauges.

import { h, svg } from "../base/dom.js";
import { sentence } from "../base/errors.js";
import { arc, fraction, standing, windowWords } from "./arc.js";
import { counted, exact, short } from "./numbers.js";

const FIRST = 4;

/** `quota` as the gateway tells it. */
export function gauges(quota) {
  if (quota === null || quota === undefined) {
    return h("p", { class: "help" }, "No limit is set for you: calls are never refused for their tokens. Whoever runs the gateway sets one with ",
      h("code", {}, "MAX_TOKENS_PER_MIN"), ".");
  }
  if (quota.away) return h("p", { class: "notice" }, `What is left cannot be read now. ${sentence(quota.away)}`);
  if (quota.windows.length === 0) return h("p", { class: "help" }, "None of the limits is for you: calls are never refused for their tokens.");
  // The one that will say no first stands first.
  const sorted = [...quota.windows].sort((a, b) => fraction(a.left, a.limit) - fraction(b.left, b.limit));
  const list = (windows) => h("ul", { class: "usage-gauges" }, ...windows.map(gauge));
  const rest = sorted.slice(FIRST);
  return h("div", {}, list(sorted.slice(0, FIRST)),
    rest.length === 0 ? null : h("details", {}, h("summary", {}, `${rest.length} more, with more left`), list(rest)));
}

function gauge({ limit, used, left, window_secs: secs, label }) {
  const { state, words } = standing(left, limit);
  const spoken = `${exact(left)} of ${counted(limit, "token")} left in ${windowWords(secs)}. ${words}.`;
  const meter = h("div", {
    role: "meter", "aria-label": `Left of ${label}`, "aria-valuemin": 0, "aria-valuemax": limit,
    "aria-valuenow": Math.min(limit, Math.max(0, left)), "aria-valuetext": spoken, title: `${exact(used)} used, ${exact(left)} left of ${exact(limit)}`,
  }, dial(left, limit));
  return h("li", { class: "usage-gauge", "data-state": state }, meter,
    h("div", {}, h("bdi", { class: "usage-label" }, label), h("span", { class: "help" }, `in ${windowWords(secs)}`), h("span", { class: "usage-standing" }, words)));
}

const dial = (left, limit) =>
  svg("svg", { viewBox: "0 0 160 92", width: 160, height: 92, "aria-hidden": "true" },
    svg("path", { class: "usage-track", d: arc(80, 84, 68, 1) }),
    svg("path", { class: "usage-left", d: arc(80, 84, 68, fraction(left, limit)) }),
    svg("text", { class: "usage-much", x: 80, y: 68, "text-anchor": "middle" }, short(Math.max(0, left))),
    svg("text", { class: "usage-tick", x: 80, y: 86, "text-anchor": "middle" }, `of ${short(limit)} left`));
