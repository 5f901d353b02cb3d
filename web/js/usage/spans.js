// Spans of time: which there are, the bars that each is cut into, and what these are called.

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/** `step` is asked of the gateway, `again` how often; `strides` say which bars may have a word below the axis. */
export const SPANS = [
  { name: "hour", words: "last hour", bar: MINUTE, bars: 60, step: "minute", again: 10_000, strides: [5, 10, 15, 30] },
  { name: "day", words: "last 24 hours", bar: HOUR, bars: 24, step: "hour", again: 30_000, strides: [2, 3, 6, 12] },
  { name: "week", words: "last 7 days", bar: 6 * HOUR, bars: 28, step: "hour", again: 60_000, strides: [4, 8, 12] },
  { name: "month", words: "last 30 days", bar: DAY, bars: 30, step: "hour", again: 60_000, strides: [2, 5, 10, 15] },
];

/** How far this place is from UTC, in whole bars or hours, as the gateway has no shorter steps. */
function zone(ms, bar) {
  const unit = Math.min(bar, HOUR);
  return Math.ceil((new Date(ms).getTimezoneOffset() * MINUTE) / unit) * unit;
}

/** Where the bars of a span begin, of which the last has `until` in it. */
export function edgesOf({ bar, bars }, until) {
  const shift = zone(until, bar);
  const last = Math.floor((until - shift) / bar) * bar + shift;
  return Array.from({ length: bars }, (_, place) => last - (bars - 1 - place) * bar);
}

/** Which bars get a word below the axis: no more than `most`, at round times. */
export function ticks(edges, { bar, strides }, most) {
  const stride = strides.find((each) => edges.length / each <= most) ?? strides.at(-1);
  const shift = zone(edges.at(-1), bar);
  return edges.map((_, place) => place).filter((place) => (edges[place] - shift) / bar % stride === 0);
}

const clock = (ms) => new Date(ms).toLocaleTimeString("en-GB", { hour: "2-digit", minute: "2-digit" });
const date = (ms, more = {}) => new Date(ms).toLocaleDateString("en-GB", { day: "numeric", month: "short", ...more });

/** Below the axis: `14:05`, `26 Nov`. In the middle of a bar it is that day also where clocks were changed. */
export const tickName = (from, bar) => (bar > HOUR ? date(from + bar / 2) : clock(from));

/** A bar: `Thu 26 Nov, 14:00 to 15:00`, `Thu 26 Nov`. */
export function barName(from, bar) {
  const day = date(from + bar / 2, { weekday: "short" }).replace(",", "");
  return bar === DAY ? day : `${day}, ${clock(from)} to ${clock(from + bar)}`;
}
