// What is left of each quota, as gauges.

import { h, svg } from "../base/dom.js";
import { sentence } from "../base/errors.js";
import { help } from "../base/parts.js";
import { whole } from "../base/words.js";
import { short } from "./numbers.js";

const LOW = 0.2;

/** `quota` as the gateway tells it. */
export function gauges(quota) {
  if (!quota) return help("No limit is set for you. Whoever runs the gateway sets one with ", h("code", {}, "MAX_TOKENS_PER_MIN"), ".");
  if (quota.away) return h("p", { class: "notice" }, `What is left cannot be read now. ${sentence(quota.away)}`);
  if (quota.windows.length === 0) return help("None of the limits is for you.");
  return h("ul", { class: "usage-gauges" }, ...quota.windows.map(gauge));
}

function gauge({ label, limit, left: rest, window_secs: secs }) {
  const left = Math.min(limit, Math.max(0, rest));
  const part = left / limit || 0;
  const says = left === 0 ? "Used up: calls wait until some of it is free again." : "";
  return h("li", { "data-tone": left === 0 ? "bad" : part < LOW ? "going" : "good" },
    h("div", {
      role: "meter", "aria-label": `Left of ${label}`, "aria-valuemin": 0, "aria-valuemax": limit, "aria-valuenow": left,
      "aria-valuetext": `${whole(left)} of ${whole(limit)} tokens`, title: `${whole(left)} of ${whole(limit)} tokens are left`,
    }, dial(left, limit, part)),
    h("div", {}, h("bdi", {}, label), help(`in any ${windowName(secs)}`), says));
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
