// Numbers as people read them, the exact one on hover, and tables of them.

import { h } from "../base/dom.js";
import { whole } from "../base/words.js";

const compact = new Intl.NumberFormat("en", { notation: "compact" });

/** `950`, `1.2K`, `3.4M` */
export const short = (number) => compact.format(number);

export const amount = (number) => h("data", { value: number, title: whole(number) }, short(number));

/** What `amount`, as the gateway writes it with all its digits, is to people: `12.35`, `0.000223`. */
export function rounded(amount) {
  const value = Number(amount);
  if (value > 0 && value < 1) return value.toLocaleString("en-GB", { maximumSignificantDigits: 3 });
  return value.toLocaleString("en-GB", { minimumFractionDigits: 2, maximumFractionDigits: 2 });
}

export const price = (amount, currency) =>
  h("data", { value: amount, title: `${amount} ${currency}` }, `${rounded(amount)} `, h("small", {}, currency));

/** The first cell of each row is its head. The frame scrolls. */
export const table = (name, columns, rows) =>
  h("div", { class: "table usage-table", tabindex: "0", role: "region", "aria-label": name },
    h("table", {},
      h("thead", {}, h("tr", {}, ...columns.map((column) => h("th", { scope: "col" }, column)))),
      h("tbody", {}, ...rows.map(([first, ...cells]) =>
        h("tr", {}, h("th", { scope: "row" }, first), ...cells.map((cell) => h("td", {}, cell)))))));
