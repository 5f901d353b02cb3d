// What bars and ticks of a time axis are called.

const DAY = 1440;
const zone = (utc) => (utc ? { timeZone: "UTC" } : {});

const clock = (ms) => new Date(ms).toLocaleTimeString("en-GB", { hour: "2-digit", minute: "2-digit" });
const date = (ms, utc, more = {}) => new Date(ms).toLocaleDateString("en-GB", { day: "numeric", month: "short", ...more, ...zone(utc) });

/** Below the axis: `14:05`, or `26 Nov` where a day begins. */
export function tickName(ms, minutes, utc) {
  if (minutes >= DAY) return date(ms, utc);
  const at = new Date(ms);
  return at.getHours() === 0 && at.getMinutes() === 0 ? date(ms, false) : clock(ms);
}

/** A bar: `Thu 26 Nov, 14:00 to 15:00`, `Thu 26 Nov`, `24 Nov to 30 Nov`. */
export function barName({ from, to }, minutes, utc) {
  const mark = utc ? " (UTC)" : "";
  if (minutes < DAY) return `${date(from, false, { weekday: "short" }).replace(",", "")}, ${clock(from)} to ${clock(to)}`;
  if (minutes === DAY) return `${date(from, utc, { weekday: "short" }).replace(",", "")}${mark}`;
  return `${date(from, utc)} to ${date(to - 1, utc)}${mark}`;
}
