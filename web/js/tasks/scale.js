// The time axis: which part of the time is shown, where a moment lies in it, and its ticks.

const SECOND = 1000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

const STEPS = [
  1, 2, 5, 10, 20, 50, 100, 200, 500,
  SECOND, 2 * SECOND, 5 * SECOND, 10 * SECOND, 15 * SECOND, 30 * SECOND,
  MINUTE, 2 * MINUTE, 5 * MINUTE, 10 * MINUTE, 15 * MINUTE, 30 * MINUTE,
  HOUR, 2 * HOUR, 3 * HOUR, 6 * HOUR, 12 * HOUR, DAY, 2 * DAY, 7 * DAY,
];
/** Nobody looks closer than this, in milliseconds. */
const CLOSEST = 5;

/** A span of time that has a length, whatever it is made of. */
export function spanOf(from, to) {
  return { from, to: Math.max(to, from + CLOSEST) };
}

/** Where `at` lies in `shown`: 0 is its begin, 100 its end. */
export const place = (shown, at) => ((at - shown.from) / (shown.to - shown.from)) * 100;

/** Where a bar lies in `shown`, cut at its edges; null where it is outside. */
export function bar(shown, start, end) {
  if (end < shown.from || start > shown.to) return null;
  const from = Math.max(0, place(shown, start));
  const to = Math.min(100, place(shown, end));
  return { from, to: Math.max(from, to), before: start < shown.from, after: end > shown.to };
}

/** `factor` below 1 looks closer; `at` (a moment) stays where it is. */
export function zoom(shown, whole, factor, at = (shown.from + shown.to) / 2) {
  const length = Math.max(CLOSEST, (shown.to - shown.from) * factor);
  if (length >= whole.to - whole.from) return { ...whole };
  const share = (at - shown.from) / (shown.to - shown.from);
  return within(at - length * share, length, whole);
}

/** Moves along the axis by a share of what is shown. */
export const pan = (shown, whole, share) =>
  within(shown.from + (shown.to - shown.from) * share, shown.to - shown.from, whole);

/** What shows `start` to `end` with some room around it. */
export function around(start, end, whole) {
  const room = Math.max(CLOSEST, (end - start) * 0.1);
  const length = Math.min(end - start + 2 * room, whole.to - whole.from);
  return within(start - room, length, whole);
}

function within(from, length, whole) {
  const start = Math.min(Math.max(from, whole.from), whole.to - length);
  return { from: start, to: start + length };
}

/** At most `most` ticks with round distances from `zero`: `[{ at, text }]`. */
export function ticks(shown, zero, most) {
  const length = shown.to - shown.from;
  const step = STEPS.find((each) => length / each <= most) ?? roundUp(length / most / DAY) * DAY;
  const first = Math.ceil((shown.from - zero) / step);
  const found = [];
  for (let n = first; zero + n * step <= shown.to && found.length < most + 1; n += 1) {
    found.push({ at: zero + n * step, text: tickText(n * step, step) });
  }
  return found;
}

function roundUp(days) {
  const ten = 10 ** Math.floor(Math.log10(days));
  return [1, 2, 5, 10].find((each) => each * ten >= days) * ten;
}

/** A distance from the begin, in the unit that fits the distance of the ticks. */
export function tickText(ms, step) {
  if (ms === 0) return "0";
  if (step < SECOND && Math.abs(ms) < SECOND) return `${ms} ms`;
  if (Math.abs(ms) < MINUTE) return `${(ms / SECOND).toFixed(digits(step))} s`;
  if (step >= DAY) return `${ms / DAY} d`;
  if (step >= HOUR || (step >= MINUTE && Math.abs(ms) >= HOUR)) return hours(ms, step);
  return clock(ms, step);
}

const digits = (step) => (step >= SECOND ? 0 : step >= 100 ? 1 : step >= 10 ? 2 : 3);
const two = (number) => String(number).padStart(2, "0");

function hours(ms, step) {
  const minutes = Math.round(ms / MINUTE);
  const whole = Math.floor(minutes / 60);
  return step % HOUR === 0 ? `${whole} h` : `${whole}:${two(minutes % 60)} h`;
}

function clock(ms, step) {
  const left = (ms % MINUTE) / SECOND;
  const seconds = digits(step) === 0 ? two(Math.round(left)) : left.toFixed(digits(step)).padStart(3 + digits(step), "0");
  const minutes = Math.floor(ms / MINUTE);
  const text = minutes < 60 ? `${minutes}:${seconds}` : `${Math.floor(minutes / 60)}:${two(minutes % 60)}:${seconds}`;
  return minutes < 60 ? `${text} min` : text;
}
