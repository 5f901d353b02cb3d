// Spans of time: which there are, the bars that each is cut into, and what these are called.

import { dayTime } from "../base/time.js";

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/** `step` is asked of the gateway; one of `stride` bars has a word below the axis. */
export const SPANS = [
  { name: "hour", words: "Last hour", bar: MINUTE, bars: 60, step: "minute", stride: 15 },
  { name: "day", words: "Last 24 hours", bar: HOUR, bars: 24, step: "hour", stride: 6 },
  { name: "week", words: "Last 7 days", bar: DAY, bars: 7, step: "hour", stride: 2 },
  { name: "month", words: "Last 30 days", bar: DAY, bars: 30, step: "hour", stride: 7 },
];

/** Where the bars of a span begin, of which the last has `until` in it. Days begin at midnight here. */
export function edgesOf({ bar, bars }, until) {
  const last = new Date(until);
  const midnight = (back) => new Date(last.getFullYear(), last.getMonth(), last.getDate() - back).getTime();
  const begin = bar === DAY ? midnight : (back) => until - until % bar - back * bar;
  return Array.from({ length: bars }, (_, place) => begin(bars - 1 - place));
}

/** Whether a bar has a word below the axis: at round times by the clock here. */
export const isRound = (from, { bar, stride }) =>
  Math.floor((from - new Date(from).getTimezoneOffset() * MINUTE) / bar) % stride === 0;

/** What stands there: `14:05`, `26 Nov`. */
export const tickName = (from, { bar }) => dayTime(from).split(", ")[bar === DAY ? 1 : 0];
export const barName = (from, span) => (span.bar === DAY ? tickName(from, span) : dayTime(from));
