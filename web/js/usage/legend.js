// Beside the chart: which model has which colour, and the numbers of the bar that is looked at, or of all.

import { h, svg } from "../base/dom.js";
import { hue } from "./chart.js";
import { counted, exact, short } from "./numbers.js";

/** `onStress` gets the place of the model that is pointed at, or null. */
export function legend(onStress) {
  const title = h("p", { class: "usage-of" });
  const calls = h("p", { class: "help" });
  const rows = h("tbody", {});
  const total = h("tr", {});
  const element = h("div", { class: "usage-legend" }, title, calls,
    h("table", {},
      h("caption", { class: "unseen" }, "Tokens by model"),
      h("thead", {}, h("tr", {},
        h("th", { scope: "col" }, "Model"),
        h("th", { scope: "col", class: "number" }, swatch("in"), "In"),
        h("th", { scope: "col", class: "number" }, swatch("out"), "Out"))),
      rows, h("tfoot", {}, total)));
  rows.addEventListener("pointerover", (event) => onStress(event.target.closest("tr")?.dataset.part ?? null));
  rows.addEventListener("pointerleave", () => onStress(null));

  return {
    element,
    /** `name` says what `sum` is of; `names` are the models in the order of the parts. */
    draw(name, sum, names) {
      title.textContent = name;
      calls.textContent = counted(sum.calls, "call");
      rows.replaceChildren(...sum.parts.map((part, at) => line(part, at, names[at])));
      total.replaceChildren(h("th", { scope: "row" }, "All"), cell(sum.in), cell(sum.out));
    },
  };
}

function line(part, at, name) {
  const isNothing = part.in + part.out === 0;
  return h("tr", { "data-part": at, class: isNothing ? "faint" : null },
    h("th", { scope: "row" }, h("span", { class: "usage-name" }, swatch("in", hue(at)), h("bdi", { class: "one-line", title: name }, name))),
    cell(part.in), cell(part.out));
}

/** A number, with the exact one on hover. */
export const cell = (number) => h("td", { class: "number" }, amount(number));
export const amount = (number) => h("data", { value: number, title: number >= 1000 ? exact(number) : null }, short(number));

/** A sample of a colour, plain for what went in, striped for what came out. */
function swatch(direction, of = "none") {
  return svg("svg", { class: `usage-swatch hue-${of}`, width: 11, height: 11, viewBox: "0 0 11 11", "aria-hidden": "true" },
    svg("rect", { class: direction === "in" ? "usage-piece in" : "usage-pale", width: 11, height: 11, rx: 2 }),
    direction === "in" ? null : svg("path", { class: "usage-line", d: "M0 6L6 0M1 11L11 1M6 11L11 6" }));
}
