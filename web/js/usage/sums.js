// Adds up what the gateway tells into what is drawn: bars of a few models each.

export const OTHERS = null;
const tokens = (row) => row.tokens_in + row.tokens_out;

/** What the gateway calls all models beyond those that it tells one by one. */
export const REST = "other";
export const isNamed = (row) => row.model !== REST;

/** The largest first, what is left of the rest last. */
export const ranked = (models) =>
  [...models].sort((a, b) => isNamed(b) - isNamed(a) || tokens(b) - tokens(a) || b.calls - a.calls || (a.model < b.model ? -1 : 1));

/**
 * The models with the most tokens, the largest first; the rest, if it is more than one, is `OTHERS`.
 * `hidden` says how many that are, or null where the gateway does not tell.
 */
export function largest(models, most) {
  const names = ranked(models).filter(isNamed).map((row) => row.model);
  const isRest = names.length < models.length;
  if (!isRest && names.length <= most + 1) return { shown: names, hidden: 0 };
  return { shown: [...names.slice(0, most), OTHERS], hidden: isRest ? null : names.length - most };
}

const nothing = () => ({ calls: 0, in: 0, out: 0 });

function add(to, row) {
  to.calls += row.calls;
  to.in += row.tokens_in;
  to.out += row.tokens_out;
}

/**
 * One bar for each of `edges`, up to `end`: `{ from, to, calls, in, out, parts: [{ calls, in, out }, …] }` with a
 * part for each of `shown`. What lies outside counts for the bar next to it, as the steps of the
 * gateway may begin a little earlier.
 */
export function bars(series, edges, end, shown) {
  const all = edges.map((from, place) => ({ from, to: edges[place + 1] ?? end, ...nothing(), parts: shown.map(nothing) }));
  const places = new Map(shown.map((model, place) => [model, place]));
  for (const row of series) {
    const bar = all[placeOf(row.at, edges)];
    if (!bar) continue;
    add(bar, row);
    const part = bar.parts[places.get(row.model) ?? places.get(OTHERS)];
    if (part) add(part, row);
  }
  return all;
}

/** The last edge that is not after `at`, by halves. */
export function placeOf(at, edges) {
  let low = 0;
  let high = edges.length - 1;
  while (low < high) {
    const middle = Math.ceil((low + high) / 2);
    if (edges[middle] <= at) low = middle;
    else high = middle - 1;
  }
  return low;
}

/** The whole span as if it were one bar. */
export function whole(models, shown) {
  const sum = { ...nothing(), parts: shown.map(nothing) };
  const places = new Map(shown.map((model, place) => [model, place]));
  for (const row of models) {
    add(sum, row);
    const part = sum.parts[places.get(row.model) ?? places.get(OTHERS)];
    if (part) add(part, row);
  }
  return sum;
}
