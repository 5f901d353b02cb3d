// Spans of time: which there are, and into which bars each is cut.

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

export const SPANS = [
  { name: "hour", words: "Hour", long: "the last hour", length: HOUR, again: 10_000 },
  { name: "day", words: "Day", long: "the last 24 hours", length: DAY, again: 30_000 },
  { name: "week", words: "Week", long: "the last 7 days", length: 7 * DAY, again: 60_000 },
  { name: "month", words: "Month", long: "the last 30 days", length: 30 * DAY, again: 60_000 },
];
export const LONGEST = 900 * DAY;

const BARS = 62;
/** The gateway answers with no more steps than these. */
const STEPS = 1000;
const WIDTHS = [1, 5, 15, 60, 360, 1440, 7 * 1440, 30 * 1440];

export const spanNamed = (name) => SPANS.find((span) => span.name === name) ?? null;

/**
 * How `since` to `until` is cut: bars of so many `minutes`, their beginnings in `edges` (the end of the
 * last one is `end`), and the `step` to ask the gateway for. Days begin at midnight here, or where the
 * gateway adds up whole days (`utc`), in UTC. With `coarse` no more is asked for than is drawn.
 */
export function cutSpan(since, until, coarse = false) {
  const minutes = WIDTHS.find((width) => (until - since) / (width * MINUTE) <= BARS) ?? WIDTHS.at(-1);
  const step = stepFor(minutes, until - since, coarse);
  const utc = step === "day";
  const edges = [];
  for (let at = floor(since, minutes, utc); at < until; at = after(at, minutes, utc)) edges.push(at);
  // A span of an hour that begins between two minutes has 60 bars, not 61.
  if (edges.length > 1 && minutes <= 60 && edges[1] - since < (minutes * MINUTE) && edges.at(-1) + minutes * MINUTE > until && edges[0] < since) edges.shift();
  return { minutes, step, utc, edges, end: after(edges.at(-1), minutes, utc) };
}

function stepFor(minutes, length, coarse) {
  if (minutes < 60) return "minute";
  const isFine = minutes < 1440 || !coarse;
  return isFine && length / HOUR + 48 <= STEPS ? "hour" : "day";
}

function floor(ms, minutes, utc) {
  if (minutes <= 60) return Math.floor(ms / (minutes * MINUTE)) * minutes * MINUTE;
  const at = new Date(ms);
  if (utc) return Date.UTC(at.getUTCFullYear(), at.getUTCMonth(), at.getUTCDate());
  const hour = minutes < 1440 ? Math.floor(at.getHours() / (minutes / 60)) * (minutes / 60) : 0;
  return new Date(at.getFullYear(), at.getMonth(), at.getDate(), hour).getTime();
}

/** By the calendar, as days are 23 and 25 hours long too. */
function after(ms, minutes, utc) {
  if (minutes <= 60 || utc) return ms + minutes * MINUTE;
  const at = new Date(ms);
  if (minutes < 1440) return new Date(at.getFullYear(), at.getMonth(), at.getDate(), at.getHours() + minutes / 60).getTime();
  return new Date(at.getFullYear(), at.getMonth(), at.getDate() + minutes / 1440).getTime();
}
