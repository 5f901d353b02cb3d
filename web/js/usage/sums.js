// Adds up what the gateway tells into what is drawn: bars of a few models each.

/** All models beyond those that the gateway tells one by one. */
const REST = "other";
export const isNamed = ({ model }) => model !== REST;

/** What a model is called; null are all that are not shown by name. */
export const nameOf = (model) => (model === null || model === REST ? "All others" : model || "no name");

const tokens = (row) => row.tokens_in + row.tokens_out;

/** The largest first, the rest last. */
export const ranked = (models) =>
  [...models].sort((a, b) => isNamed(b) - isNamed(a) || tokens(b) - tokens(a) || b.calls - a.calls || (a.model < b.model ? -1 : 1));

/** The `most` largest models, and null for all others if there are more. */
export function largest(models, most) {
  const names = ranked(models).filter(isNamed).map(({ model }) => model);
  return names.length === models.length && names.length <= most ? names : [...names.slice(0, most), null];
}

const nothing = () => ({ calls: 0, in: 0, out: 0 });

/** What rows come to: `{ calls, in, out, parts }` with a part for each of the models `shown`. */
export function sum(rows, shown) {
  const total = { ...nothing(), parts: shown.map(nothing) };
  for (const row of rows) {
    // One that is not shown (-1) is among the others, which are the last.
    for (const to of [total, total.parts.at(shown.indexOf(row.model))]) {
      to.calls += row.calls;
      to.in += row.tokens_in;
      to.out += row.tokens_out;
    }
  }
  return total;
}

/** The sum of each bar, with the moment `from` which it is; `edges` are where bars begin, each as long as the other. */
export function barsOf(series, edges, shown) {
  const length = edges[1] - edges[0];
  const placeOf = ({ at }) => Math.min(edges.length - 1, Math.max(0, Math.floor((at - edges[0]) / length)));
  const rows = edges.map(() => []);
  for (const row of series) rows[placeOf(row)].push(row);
  return edges.map((from, place) => ({ from, ...sum(rows[place], shown) }));
}

/** Ticks of 1, 2 or 5 times a power of ten from 0 to the first that is not below `max`; about five of them. */
export function roundTicks(max) {
  const rough = Math.max(max, 1) / 5;
  const power = 10 ** Math.floor(Math.log10(rough));
  // Half a token is no number to look at.
  const step = Math.max(1, [1, 2, 5, 10].find((times) => times * power >= rough) * power);
  return Array.from({ length: Math.ceil(Math.max(max, 1) / step) + 1 }, (_, place) => place * step);
}
