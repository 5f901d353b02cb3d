// What is left of each quota, as gauges.

import { h, svg } from "../base/dom.js";
import { sentence } from "../base/errors.js";
import { help } from "../base/parts.js";
import { whole } from "../base/words.js";
import { counted, short } from "./numbers.js";

const LOW = 0.2;

/** `quota` as the gateway tells it. */
export function gauges(quota) {
  if (!quota) return help("No limit is set for you. Whoever runs the gateway sets one with ", h("code", {}, "MAX_TOKENS_PER_MIN"), ".");
  if (quota.away) return h("p", { class: "notice" }, `What is left cannot be read now. ${sentence(quota.away)}`);
  if (quota.windows.length === 0) return help("None of the limits is for you.");
  // The one that will say no first stands first.
  const sorted = quota.windows.toSorted((a, b) => partOf(a) - partOf(b));
  return h("ul", { class: "usage-gauges" }, ...sorted.map(gauge));
}

const partOf = ({ left, limit }) => Math.min(1, Math.max(0, left / limit)) || 0;

function gauge(window) {
  const { limit, used, label, window_secs: secs } = window;
  const left = Math.max(0, window.left);
  const [tone, words] = standing(window);
  const meter = h("div", {
    role: "meter", "aria-label": `Left of ${label}`, "aria-valuemin": 0, "aria-valuemax": limit, "aria-valuenow": Math.min(limit, left),
    "aria-valuetext": `${whole(left)} of ${counted(limit, "token")} left`, title: `${whole(used)} used, ${whole(left)} left of ${whole(limit)}`,
  }, dial(left, limit, partOf(window)));
  return h("li", { "data-tone": tone }, meter, h("div", {},
    h("bdi", {}, label), help(`in any ${windowName(secs)}`), h("p", { class: "usage-standing" }, words)));
}

function standing(window) {
  if (window.left <= 0) return ["bad", "Used up: calls wait until some of it is free again"];
  return partOf(window) < LOW ? ["going", "Running low"] : ["good", "Enough left"];
}

/** `minute`, `5 minutes`, `90 seconds` */
export function windowName(secs) {
  const [length, unit] = [[86_400, "day"], [3600, "hour"], [60, "minute"], [1, "second"]].find(([each]) => secs % each === 0);
  return secs === length ? unit : `${secs / length} ${unit}s`;
}

/** A half circle that is as full as much is left. */
function dial(left, limit, part) {
  const arc = (name, full) =>
    svg("path", { class: name, d: "M12 84A68 68 0 0 1 148 84", pathLength: 100, "stroke-dasharray": `${full * 100} 200` });
  return svg("svg", { viewBox: "0 0 160 92", "aria-hidden": "true" }, arc("usage-track", 1), arc("usage-left", part),
    svg("text", { class: "usage-much", x: 80, y: 68, "text-anchor": "middle" }, short(left)),
    svg("text", { x: 80, y: 86, "text-anchor": "middle" }, `of ${short(limit)} left`));
}
