// What each model took, and what it cost.

import { h } from "../base/dom.js";
import { button } from "../base/parts.js";
import { codeBlock } from "../base/written.js";
import { cell } from "./legend.js";
import { exact, share } from "./numbers.js";
import { isNamed, ranked } from "./sums.js";
import { price } from "./totals.js";

const FIRST = 10;
const PRICE = `[[price]]
model = "qwen*"            # one model, or all that begin so
input_per_million = 0.15
output_per_million = 0.60
currency = "USD"`;

/** `isAll` says whether all rows are shown; `onAll` is called when that is asked for. */
export function modelTable({ models, priced }, isAll, onAll) {
  const sorted = ranked(models);
  const all = sorted.reduce((total, row) => total + row.tokens_in + row.tokens_out, 0);
  const shown = isAll ? sorted : sorted.slice(0, FIRST);
  return h("div", { class: "usage-models" },
    h("div", { class: "table", tabindex: "0", role: "region", "aria-label": "Table of models" },
      h("table", {}, header(priced), h("tbody", {}, ...shown.map((row) => line(row, all, priced))))),
    sorted.length <= FIRST ? null : button(isAll ? `Show the largest ${FIRST} only` : `Show all ${exact(sorted.length)}`, onAll),
    prices(models, priced));
}

const header = (priced) => h("thead", {}, h("tr", {},
  h("th", { scope: "col" }, "Model"),
  ...["Calls", "In", "Out", "Share", ...(priced ? ["Cost"] : [])].map((name) => h("th", { scope: "col", class: "number" }, name))));

function line(row, all, priced) {
  const tokens = row.tokens_in + row.tokens_out;
  return h("tr", {},
    h("th", { scope: "row" }, h("bdi", { class: "one-line", title: row.model }, isNamed(row) ? row.model || "no name" : "All others")),
    cell(row.calls), cell(row.tokens_in), cell(row.tokens_out),
    h("td", { class: "number" }, share(tokens, all)),
    priced ? h("td", { class: "number" }, costOf(row)) : null);
}

const isFree = (row) => row.cost === null || row.cost === undefined;

function costOf(row) {
  if (!isFree(row)) return price(row.cost, row.currency ?? "");
  return h("span", { class: "help" }, isNamed(row) ? "no price" : "in the sum");
}

/** How to have costs shown, where something has no price. */
function prices(models, priced) {
  const free = models.filter((row) => isNamed(row) && isFree(row)).length;
  if (priced && free === 0) return null;
  const words = priced ? "Models without a price: how to set one" : "Costs are not shown, as no prices are set: how to set them";
  return h("details", { id: "usage-prices" }, h("summary", {}, words),
    h("p", { class: "help" }, "Whoever runs the gateway writes what a million tokens cost in attach.toml, and starts it again; the first price that fits a model holds, for calls of the past too:"),
    codeBlock({ lang: "toml", text: PRICE }));
}
