// What the span comes to, in large figures.

import { h } from "../base/dom.js";
import { amount } from "./legend.js";
import { money } from "./numbers.js";
import { isNamed } from "./sums.js";

export function totals({ models, cost = [], priced }) {
  const sum = (name) => models.reduce((total, row) => total + row[name], 0);
  const [into, out] = [sum("tokens_in"), sum("tokens_out")];
  return h("dl", { class: "usage-totals" },
    figure("Tokens", amount(into + out), h("span", {}, amount(into), " in, ", amount(out), " out")),
    figure("Calls", amount(sum("calls")), of(models)),
    ...costs(cost, priced, models));
}

function of(models) {
  const named = models.filter(isNamed).length;
  if (named < models.length) return `of more than ${named} models`;
  return `of ${named === 1 ? "one model" : `${named} models`}`;
}

const figure = (name, value, more) =>
  h("div", {}, h("dt", {}, name), h("dd", {}, h("span", { class: "usage-figure" }, value), h("span", { class: "help" }, more)));

function costs(cost, priced, models) {
  if (!priced) return [figure("Cost", "–", h("a", { href: "#usage-prices", onclick: toPrices }, "No prices are set"))];
  const free = models.filter((row) => isNamed(row) && (row.cost === null || row.cost === undefined)).length;
  const more = free === 0 ? "of all models" : `without ${free === 1 ? "one model that has" : `${free} models that have`} no price`;
  const amounts = cost.length === 0 ? [{ amount: "0", currency: "" }] : cost;
  return amounts.map((one, at) => figure(at === 0 ? "Cost" : "And", price(one.amount, one.currency), more));
}

/** What is shown of an amount; all its digits are there on hover. */
export function price(text, currency) {
  const full = money(text);
  const [whole, part] = full.split(".");
  // Small amounts need their digits, large ones do not.
  const few = /^0+$/.test(whole) ? part.slice(0, Math.max(2, (/[1-9]/.exec(part)?.index ?? 0) + 3)) : part.slice(0, 2);
  return h("data", { value: text, title: `${full} ${currency}` }, `${whole}.${few}\u00a0`, h("span", { class: "usage-currency" }, currency));
}

function toPrices(event) {
  event.preventDefault();
  const there = document.getElementById("usage-prices");
  if (there) there.open = true;
  there?.querySelector("summary").focus();
}
