// Moments as people read them: short, local, the exact one on hover.

import { h } from "./dom.js";
import { now } from "./clock.js";
import { ago, clockTime, dayTime } from "./words.js";

/** `2026-11-26 18:15:31.204 UTC+1`: what a moment is called where it must be exact. */
export function exact(ms) {
  const at = new Date(ms);
  const two = (number, digits = 2) => String(number).padStart(digits, "0");
  const day = `${at.getFullYear()}-${two(at.getMonth() + 1)}-${two(at.getDate())}`;
  const time = `${two(at.getHours())}:${two(at.getMinutes())}:${two(at.getSeconds())}.${two(at.getMilliseconds(), 3)}`;
  return `${day} ${time} ${zone(-at.getTimezoneOffset())}`;
}

function zone(minutes) {
  if (minutes === 0) return "UTC";
  const hours = Math.abs(minutes) / 60;
  const sign = minutes < 0 ? "-" : "+";
  return `UTC${sign}${Number.isInteger(hours) ? hours : hours.toFixed(2)}`;
}

/** A `<time>`: `5 min ago`, `14:02:11`, `14:02, 4 Jun` by `how` (`ago`, `clock`, `day`). */
export function moment(ms, how = "ago") {
  const words = { ago: () => ago(ms, now()), clock: () => clockTime(ms), day: () => dayTime(ms) };
  return h("time", { datetime: new Date(ms).toISOString(), title: exact(ms) }, words[how]());
}
