// The cards of usage that are figures and tables.

import { h } from "../base/dom.js";
import { card, help } from "../base/parts.js";
import { moment } from "../base/time.js";
import { span } from "../base/took.js";
import { whole } from "../base/words.js";
import { codeBlock } from "../base/written.js";
import { href } from "../shell/router.js";
import { amount, price, share } from "./numbers.js";
import { isNamed, nameOf, ranked } from "./sums.js";
import { table } from "./table.js";

/** What the span comes to, in large figures. */
export function totals({ models, cost, priced }) {
  const sum = (name) => models.reduce((total, row) => total + row[name], 0);
  const [into, out] = [sum("tokens_in"), sum("tokens_out")];
  return h("dl", { class: "usage-totals" },
    figure("Tokens", amount(into + out), h("span", {}, amount(into), " in, ", amount(out), " out")),
    figure("Calls", amount(sum("calls"))),
    priced ? null : figure("Cost", "–", "No prices are set"),
    ...cost.map((one) => figure("Cost", price(one.amount, one.currency), models.some(isFree) ? "without models that have no price" : "")));
}

const figure = (name, value, more = "") =>
  h("div", {}, h("dt", {}, name), h("dd", {}, h("p", { class: "usage-figure" }, value), help(more)));

const isFree = (row) => isNamed(row) && (row.cost ?? null) === null;

const PRICE = `[[price]]
model = "qwen*"            # one model, or all that begin so
input_per_million = 0.15
output_per_million = 0.60
currency = "USD"`;

/** What each model took, and what it cost. */
export function byModel() {
  const rows = table("Table of models");
  const prices = h("details", {}, h("summary", {}, "How to set prices"),
    help("Whoever runs the gateway writes what a million tokens cost in attach.toml, and starts it again. Calls of the past are priced too."),
    codeBlock({ lang: "toml", text: PRICE }));
  return {
    element: card("By model", rows.element, prices),
    draw({ models, priced }) {
      const tokens = (row) => row.tokens_in + row.tokens_out;
      const all = models.reduce((total, row) => total + tokens(row), 0);
      const line = (row) => [named(nameOf(row.model)), amount(row.calls), amount(row.tokens_in), amount(row.tokens_out), share(tokens(row), all),
        ...(priced ? [costOf(row)] : [])];
      rows.fill(["Model", "Calls", "In", "Out", "Share", ...(priced ? ["Cost"] : [])], ranked(models).map(line));
      prices.hidden = priced && !models.some(isFree);
    },
  };
}

function costOf(row) {
  if (!isNamed(row)) return h("span", { class: "help" }, "in the sum");
  return isFree(row) ? h("span", { class: "help" }, "no price") : price(row.cost, row.currency ?? "");
}

const named = (name) => h("bdi", { class: "one-line", title: name }, name);

const ENDS = { cut: "cut short", hung_up: "hung up" };

/** The calls that took longest. */
export function slowest() {
  const rows = table("Table of slow calls");
  const line = (call) => [
    [named(nameOf(call.model)), h("small", {}, named(call.engine ?? ""))],
    length(call.duration_ms), moment(call.at),
    call.task_id ? h("a", { href: href("tasks", call.task_id), "aria-label": `Open the task of the call that took ${span(call.duration_ms)}` }, "Open") : "–",
    (call.first_byte_ms ?? null) === null ? "–" : length(call.first_byte_ms),
    [amount(call.tokens_in), " → ", amount(call.tokens_out)],
    h("span", { class: call.outcome === "failed" ? "usage-bad" : null }, ENDS[call.outcome] ?? call.outcome),
  ];
  return {
    element: card("Slowest calls", rows.element),
    draw: (calls) => rows.fill(["Model", "Took", "When", "Task", "First byte", "Tokens", "Ended"], calls.map(line)),
  };
}

const length = (ms) => h("data", { value: ms, title: `${whole(ms)} ms` }, span(ms));
