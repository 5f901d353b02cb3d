// The card of tokens over time: stacked bars, the models that they are made of, and the same as a table.

import { h, svg } from "../base/dom.js";
import { card, help } from "../base/parts.js";
import { whole } from "../base/words.js";
import { amount, price, short, table } from "./numbers.js";
import { barName, isRound, tickName } from "./spans.js";
import { barsOf, largest, nameOf, roundTicks } from "./sums.js";

const MODELS = 6;
const ROWS = 100;

/** `details` are properties of what can be opened: whether it is open outlives the drawing. */
export function overTime({ series, models, priced, chosen: span, edges }, details) {
  const shown = largest(models, MODELS);
  const bars = barsOf(series, edges, shown);
  const numbers = bars.flatMap(({ from, parts }) => parts
    .map((part, at) => [named(shown[at]), barName(from, span), whole(part.calls), whole(part.in), whole(part.out)])
    .filter((_, at) => parts[at].calls > 0));
  return card("Tokens over time",
    drawing(bars, shown, span),
    help("Of each model what went in, and fainter above it what came out."),
    byModel(models, shown, priced),
    h("details", details, h("summary", {}, "Show as table"),
      table("Table of tokens", ["Model", "When", "Calls", "In", "Out"], numbers)));
}

export const named = (model) => h("bdi", { class: "one-line", title: nameOf(model) }, nameOf(model));

function byModel(models, shown, priced) {
  // Those without a colour of their own are among the others, which are the last.
  const hue = ({ model }) => `hue-${shown.includes(model) ? shown.indexOf(model) : shown.length - 1}`;
  const row = (one) => [
    h("span", { class: "usage-model" }, h("span", { class: hue(one) }), named(one.model)),
    amount(one.calls), amount(one.tokens_in), amount(one.tokens_out),
    ...(priced ? [one.cost ? price(one.cost, one.currency) : "–"] : []),
  ];
  const columns = ["Model", "Calls", "In", "Out", ...(priced ? ["Cost"] : [])];
  return table("Table of models", columns, models.slice(0, ROWS).map(row));
}

const tokensOf = ({ parts }) => parts.reduce((total, part) => total + part.in + part.out, 0);

/** All in percent, so that words stay as large as they are however wide it is. */
function drawing(bars, shown, span) {
  const levels = roundTicks(Math.max(...bars.map(tokensOf)));
  const most = levels.at(-1);
  const y = (tokens) => `${100 - 100 * tokens / most}%`;
  const level = (tokens) => svg("g", {}, svg("line", { x2: "100%", y1: y(tokens), y2: y(tokens) }),
    svg("text", { x: -8, y: y(tokens), dy: 4, "text-anchor": "end" }, short(tokens)));
  const x = (place) => `${100 * place / bars.length}%`;
  const column = (bar, place) => svg("g", { class: "usage-bar" },
    svg("title", {}, inWords(bar, shown, span)),
    svg("rect", { class: "usage-wash", x: x(place), width: x(1), height: "100%" }),
    ...pieces(bar, most).map(({ top, height, kind }) =>
      svg("rect", { class: kind, x: x(place + 0.1), width: x(0.8), y: y(top), height })),
    isRound(bar.from, span) &&
      svg("text", { x: x(place + 0.5), y: "100%", dy: 18, "text-anchor": "middle" }, tickName(bar.from, span)));
  return svg("svg", { class: "usage-chart", role: "img", "aria-label": "Bars of tokens, as in the table below" },
    ...levels.map(level), ...bars.map(column));
}

/** What a bar is made of, from its foot on. */
function pieces({ parts }, most) {
  let top = 0;
  return parts.flatMap((part, place) => ["in", "out"].map((direction) => {
    top += part[direction];
    return { top, height: `${100 * part[direction] / most}%`, kind: `${direction} hue-${place}` };
  }));
}

function inWords({ from, parts }, shown, span) {
  const lines = parts.map((part, at) => `${nameOf(shown[at])}: ${whole(part.in)} in, ${whole(part.out)} out`);
  return [barName(from, span), ...lines.filter((_, at) => parts[at].calls > 0)].join("\n");
}
