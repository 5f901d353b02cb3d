// The numbers of the chart as a table.

import { h } from "../base/dom.js";
import { barName } from "./moments.js";
import { exact } from "./numbers.js";

const MOST = 400;

export function numberTable({ bars, cut, names }) {
  const used = bars.filter((bar) => bar.calls > 0);
  const groups = [];
  let rows = 0;
  for (const bar of used) {
    const parts = bar.parts.map((part, at) => [part, names[at]]).filter(([part]) => part.calls > 0);
    if (rows + parts.length > MOST) break;
    rows += parts.length;
    groups.push(group(bar, parts, cut));
  }
  const rest = used.length - groups.length;
  return h("div", {},
    h("div", { class: "table usage-numbers", tabindex: "0", role: "region", "aria-label": "Table of tokens" },
      h("table", {},
        h("caption", { class: "unseen" }, "Tokens by time and model; times without calls are left out"),
        h("thead", {}, h("tr", {}, ...["When", "Model"].map((name) => h("th", { scope: "col" }, name)),
          ...["Calls", "In", "Out"].map((name) => h("th", { scope: "col", class: "number" }, name)))),
        ...groups)),
    rest === 0 ? null : h("p", { class: "help" }, `${rest} more times are not in the table. Choose a shorter span to see them.`));
}

function group(bar, parts, cut) {
  return h("tbody", {}, ...parts.map(([part, name], at) => h("tr", {},
    at > 0 ? null : h("th", { scope: "rowgroup", rowspan: parts.length }, barName(bar, cut.minutes, cut.utc)),
    h("td", {}, h("bdi", {}, name)),
    ...[part.calls, part.in, part.out].map((number) => h("td", { class: "number" }, exact(number))))));
}
