// Spans of time as `[from, to]` pairs: joined, taken out, measured.

/** The same time without overlaps, in order. */
export function join(spans) {
  const sorted = spans.filter(([from, to]) => to > from).sort((a, b) => a[0] - b[0]);
  const joined = [];
  for (const [from, to] of sorted) {
    const last = joined.at(-1);
    if (last && from <= last[1]) last[1] = Math.max(last[1], to);
    else joined.push([from, to]);
  }
  return joined;
}

/** What of `spans` is not in `holes`. */
export function without(spans, holes) {
  const cuts = join(holes);
  const left = [];
  for (const [from, to] of join(spans)) {
    let at = from;
    for (const [start, end] of cuts) {
      if (end <= at || start >= to) continue;
      if (start > at) left.push([at, start]);
      at = Math.max(at, end);
    }
    if (at < to) left.push([at, to]);
  }
  return left;
}

/** What of `spans` lies between two moments. */
export const clip = (spans, from, to) =>
  spans.map(([start, end]) => [Math.max(start, from), Math.min(end, to)]);

export const total = (spans) => join(spans).reduce((sum, [from, to]) => sum + to - from, 0);
