// A table in a frame of its own that scrolls.

import { h } from "../base/dom.js";

const NUMBERS = new Set(["Calls", "In", "Out", "Share", "Cost", "Took", "First byte", "Tokens"]);

export function table(name) {
  const head = h("tr", {});
  const body = h("tbody", {});
  const element = h("div", { class: "table usage-table", tabindex: "0", role: "region", "aria-label": name },
    h("table", {}, h("thead", {}, head), body));
  return {
    element,
    /** The first cell of each row is its head. */
    fill(columns, rows) {
      // What the keyboard is at is not taken away; it is filled the next time.
      if (body.contains(document.activeElement)) return;
      const kinds = columns.map((column) => (NUMBERS.has(column) ? "number" : null));
      head.replaceChildren(...columns.map((column, at) => h("th", { scope: "col", class: kinds[at] }, column)));
      body.replaceChildren(...rows.map((cells) => h("tr", {}, ...cells.map((cell, at) =>
        (at === 0 ? h("th", { scope: "row" }, cell) : h("td", { class: kinds[at] }, cell))))));
    },
  };
}
