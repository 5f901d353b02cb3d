// The card of tokens over time: the chart, its legend with the numbers, and the same as a table.

import { h } from "../base/dom.js";
import { card, help } from "../base/parts.js";
import { capital, whole } from "../base/words.js";
import { chart, hue } from "./chart.js";
import { amount, counted } from "./numbers.js";
import { barName } from "./spans.js";
import { barsOf, largest, nameOf, sum } from "./sums.js";
import { table } from "./table.js";

const MODELS = 6;

export function overTime(signal) {
  let shown = null;
  const title = h("p", { class: "empty-title" });
  const calls = help();
  const legend = table("Tokens by model");
  const picture = chart(onPick, signal);
  const numbers = table("Table of tokens");
  const details = h("details", { ontoggle: fill }, h("summary", {}, "Show as table"), numbers.element);
  const element = card("Tokens over time",
    h("div", { class: "usage-over" }, picture.element, h("div", {}, title, calls, legend.element)),
    help("Of each model what went in, and paler above it what came out."), details);

  /** The legend has the numbers of the bar that is looked at, or of all. */
  function onPick(place) {
    const { bars, all, names, span } = shown;
    const one = place === null ? all : bars[place];
    const name = place === null ? capital(span.words) : barName(one.from, span.bar);
    title.textContent = name;
    calls.textContent = counted(one.calls, "call");
    legend.fill(["Model", "In", "Out"], [
      ...one.parts.map((part, at) => [model(names[at], at), amount(part.in), amount(part.out)]),
      ["All", amount(one.in), amount(one.out)],
    ]);
    const parts = one.parts.map((part, at) => [part.in + part.out, names[at]]).filter(([tokens]) => tokens > 0);
    return [`${name}: ${counted(one.calls, "call")}, ${counted(one.in, "token")} in, ${whole(one.out)} out`,
      ...parts.map(([tokens, name]) => `${name}: ${whole(tokens)}`)].join("; ");
  }

  /** The table is made when it is looked at. */
  function fill() {
    if (!details.open || shown === null) return;
    const { bars, names, span } = shown;
    numbers.fill(["When", "Model", "Calls", "In", "Out"], bars.flatMap(({ from, parts }) => parts
      .map((part, at) => [barName(from, span.bar), h("bdi", {}, names[at]), whole(part.calls), whole(part.in), whole(part.out)])
      .filter((_, at) => parts[at].calls > 0)));
  }

  return {
    element,
    draw({ series, models }, span, edges) {
      const kept = largest(models, MODELS);
      shown = { span, names: kept.map(nameOf), bars: barsOf(series, edges, kept), all: sum(models, kept) };
      picture.draw(shown);
      fill();
    },
  };
}

const model = (name, place) => h("span", { class: "usage-model" }, h("span", { class: hue(place) }), h("bdi", { class: "one-line", title: name }, name));
