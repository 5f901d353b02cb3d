// The time axis: which span of time is shown, where a moment lies in it, and its ticks.

const SECOND = 1000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
const UNITS = [["d", DAY], ["h", HOUR], ["min", MINUTE], ["s", SECOND], ["ms", 1]];
const STEPS = [
  1, 2, 5, 10, 20, 50, 100, 200, 500,
  ...[1, 2, 5, 10, 15, 30].map((each) => each * SECOND),
  ...[1, 2, 5, 10, 15, 30].map((each) => each * MINUTE),
  ...[1, 2, 3, 6, 12].map((each) => each * HOUR),
];
const MOST_TICKS = 5;
/** Nobody looks closer than this, in milliseconds, nor at a smaller part of the whole. */
const CLOSEST = 5;
const SMALLEST = 1 / 10_000;

/** A span of time that has a length, whatever it is made of. */
export const spanOf = (from, to) => ({ from, to: Math.max(to, from + CLOSEST) });

export const lengthOf = ({ from, to }) => to - from;

/** Where `at` lies in `shown`: 0 is its begin, 100 its end. */
export const place = (shown, at) => ((at - shown.from) / lengthOf(shown)) * 100;

/** The span of a `length` around the moment `at`, no longer than the whole and within it. */
export function around(at, length, whole) {
  const most = lengthOf(whole);
  const own = Math.min(most, Math.max(length, CLOSEST, most * SMALLEST));
  const from = Math.min(Math.max(at - own / 2, whole.from), whole.to - own);
  return { from, to: from + own };
}

/** Where the words of a bar have room, in percent from both edges: behind it, else before it, else in it. */
export function roomFor(from, to) {
  if (to <= 70) return { where: "behind", left: Math.max(0, to), right: 0 };
  if (from >= 30) return { where: "before", left: 0, right: Math.max(0, 100 - from) };
  return { where: "in", left: Math.max(0, from), right: Math.max(0, 100 - to) };
}

/** A few ticks at round distances from `zero`: `[{ at, text }]`. */
export function ticks(shown, zero) {
  const step = STEPS.find((each) => lengthOf(shown) / each <= MOST_TICKS) ?? Math.ceil(lengthOf(shown) / MOST_TICKS / DAY) * DAY;
  const found = [];
  for (let n = Math.ceil((shown.from - zero) / step); zero + n * step <= shown.to; n += 1) {
    found.push({ at: zero + n * step, text: tickText(n * step) });
  }
  return found;
}

/** `1 min 30 s` */
function tickText(ms) {
  const words = UNITS.map(([unit, size], index) => [Math.floor((ms % (UNITS[index - 1]?.[1] ?? Infinity)) / size), unit]);
  return words.filter(([count]) => count > 0).map((word) => word.join(" ")).join(" ") || "0";
}
