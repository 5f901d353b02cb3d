// The card of tokens over time: stacked bars, the models that they are made of, and the same as a table.
// For each model stands what went in, and paler on top of it what came out.

import { h, svg } from "../base/dom.js";
import { card, help } from "../base/parts.js";
import { whole } from "../base/words.js";
import { amount, price, short, table } from "./numbers.js";
import { barName, isRound, tickName } from "./spans.js";
import { barsOf, largest, nameOf, roundTicks } from "./sums.js";

const MODELS = 6;
const ROWS = 100;

/** `details` are the element's properties of what is opened: whether it is open outlives the drawing. */
export function overTime({ series, models, priced }, { span, edges }, details) {
  const shown = largest(models, MODELS);
  const bars = barsOf(series, edges, shown);
  const numbers = bars.flatMap(({ from, parts }) => parts
    .map((part, at) => [barName(from, span), named(shown[at]), whole(part.calls), whole(part.in), whole(part.out)])
    .filter((_, at) => parts[at].calls > 0));
  return card("Tokens over time",
    drawing(bars, shown, span),
    help("Of each model what went in, and paler above it what came out."),
    byModel(models, shown, priced),
    h("details", details, h("summary", {}, "Show as table"), table("Table of tokens", ["When", "Model", "Calls", "In", "Out"], numbers)));
}

export const named = (model) => h("bdi", { class: "one-line", title: nameOf(model) }, nameOf(model));

function byModel(models, shown, priced) {
  const row = (one) => [
    // Those without a colour of their own are among the others, which are the last.
    h("span", { class: "usage-model" }, h("span", { class: hue(shown.indexOf(one.model), shown) }), named(one.model)),
    amount(one.calls), amount(one.tokens_in), amount(one.tokens_out), priced ? cost(one) : null,
  ];
  const columns = ["Model", "Calls", "In", "Out", "Cost"];
  return table("Table of models", columns.slice(0, priced ? 5 : 4), models.slice(0, ROWS).map(row).map((cells) => cells.slice(0, priced ? 5 : 4)));
}

const cost = (one) => ((one.cost ?? null) === null ? "–" : price(one.cost, one.currency ?? ""));
const hue = (place, shown) => `hue-${place < 0 ? shown.length - 1 : place}`;
const tokensOf = ({ parts }) => parts.reduce((total, part) => total + part.in + part.out, 0);

/** All in percent, so that words stay as large as they are however wide it is. */
function drawing(bars, shown, span) {
  const levels = roundTicks(Math.max(...bars.map(tokensOf)));
  const most = levels.at(-1);
  const y = (tokens) => `${100 - tokens / most * 100}%`;
  const level = (tokens) => svg("g", {}, svg("line", { x2: "100%", y1: y(tokens), y2: y(tokens) }),
    svg("text", { x: -8, y: y(tokens), dy: 4, "text-anchor": "end" }, short(tokens)));
  const step = 100 / bars.length;
  const column = (bar, place) => svg("g", { class: "usage-bar" },
    svg("title", {}, inWords(bar, shown, span)),
    svg("rect", { class: "usage-wash", x: `${place * step}%`, width: `${step}%`, height: "100%" }),
    ...pieces(bar, most, `${(place + 0.1) * step}%`, `${0.8 * step}%`, y),
    isRound(bar.from, span) && svg("text", { x: `${(place + 0.5) * step}%`, y: "100%", dy: 18, "text-anchor": "middle" }, tickName(bar.from, span)));
  return svg("svg", { class: "usage-chart", role: "img", "aria-label": "Tokens over time, as in the table below" }, ...levels.map(level), ...bars.map(column));
}

/** What a bar is made of, from its foot on. */
function pieces({ parts }, most, x, width, y) {
  let top = 0;
  return parts.flatMap((part, place) => ["in", "out"].map((direction) => {
    top += part[direction];
    return part[direction] > 0 && svg("rect", { class: `${direction} hue-${place}`, x, width, y: y(top), height: `${part[direction] / most * 100}%` });
  }));
}

function inWords({ from, parts }, shown, span) {
  const lines = parts.map((part, at) => `${nameOf(shown[at])}: ${whole(part.in)} in, ${whole(part.out)} out`);
  return [barName(from, span), ...lines.filter((_, at) => parts[at].calls > 0)].join("\n");
}
