// What is left of each quota, as gauges.

import { h, svg } from "../base/dom.js";
import { sentence } from "../base/errors.js";
import { help } from "../base/parts.js";
import { whole } from "../base/words.js";
import { short } from "./numbers.js";

const LOW = 0.2;

export function gauges(quota) {
  if (quota?.away) return h("p", { class: "notice" }, `What is left cannot be read now. ${sentence(quota.away)}`);
  if (!quota?.windows.length) return help("No limit is set for you: see MAX_TOKENS_PER_MIN in the README.");
  return h("ul", { class: "usage-gauges" }, ...quota.windows.map(gauge));
}

function gauge({ label, limit, left: rest, window_secs: secs }) {
  const left = Math.min(limit, Math.max(0, rest));
  const part = left / limit || 0;
  const exact = `${whole(left)} of ${whole(limit)} tokens`;
  const meter = {
    role: "meter", "aria-label": `Left of ${label}`, title: exact,
    "aria-valuemin": 0, "aria-valuemax": limit, "aria-valuenow": left, "aria-valuetext": exact,
  };
  return h("li", { "data-tone": left === 0 ? "bad" : part < LOW ? "going" : "good" },
    h("div", meter, dial(left, limit, part)),
    h("div", {}, h("bdi", {}, label), help(`in any ${windowName(secs)}`),
      left === 0 && "Used up: calls wait until some of it is free again."));
}

/** `minute`, `5 minutes`, `90 seconds` */
export function windowName(secs) {
  const units = [[86_400, "day"], [3600, "hour"], [60, "minute"], [1, "second"]];
  const [length, unit] = units.find(([each]) => secs % each === 0);
  return secs === length ? unit : `${secs / length} ${unit}s`;
}

/** A half circle that is as full as much is left. */
function dial(left, limit, part) {
  const arc = { d: "M12 84A68 68 0 0 1 148 84", pathLength: 100 };
  return svg("svg", { viewBox: "0 0 160 92", "aria-hidden": "true" },
    svg("path", { class: "usage-track", ...arc }),
    svg("path", { class: "usage-left", ...arc, "stroke-dasharray": `${part * 100} 200` }),
    svg("text", { class: "usage-much", x: 80, y: 68, "text-anchor": "middle" }, short(left)),
    svg("text", { x: 80, y: 86, "text-anchor": "middle" }, `of ${short(limit)} left`));
}
