// Adds up what the gateway tells into what is drawn: bars of a few models each.

/** All models beyond those that the gateway tells one by one; these come first, the largest before the others. */
const REST = "other";
export const isNamed = ({ model }) => model !== REST;

/** What a model is called; null are all that are not shown by name. */
export const nameOf = (model) => (model === null || model === REST ? "All others" : model || "no name");

/** The `most` largest models, and null for all others if there are more. */
export function largest(models, most) {
  const names = models.filter(isNamed).slice(0, most).map(({ model }) => model);
  return names.length === models.length ? names : [...names, null];
}

const add = (to, row) => {
  to.calls += row.calls;
  to.in += row.tokens_in;
  to.out += row.tokens_out;
};

/** What all `rows` come to. */
export function sum(rows) {
  const total = { calls: 0, in: 0, out: 0 };
  for (const row of rows) add(total, row);
  return total;
}

/** The bars that begin at `edges`: each has `parts`, a sum for each of the models `shown`. */
export function barsOf(series, edges, shown) {
  const bars = edges.map((from) => ({ from, parts: shown.map(() => sum([])) }));
  for (const row of series) {
    const { parts } = bars[Math.max(0, edges.findLastIndex((from) => from <= row.at))];
    // One that is not shown (-1) is among the others, which are the last.
    add(parts.at(shown.indexOf(row.model)), row);
  }
  return bars;
}

/** Ticks of 1, 2 or 5 times a power of ten from 0 to the first that is not below `max`; about five of them. */
export function roundTicks(max) {
  const rough = Math.max(max, 1) / 5;
  const power = 10 ** Math.floor(Math.log10(rough));
  // Half a token is no number to look at.
  const step = Math.max(1, [1, 2, 5, 10].find((times) => times * power >= rough) * power);
  return Array.from({ length: Math.ceil(Math.max(max, 1) / step) + 1 }, (_, place) => place * step);
}
