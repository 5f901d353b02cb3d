// Moments as people read them: short, local, the exact one on hover.

import { h } from "./dom.js";

let ahead = 0;

/** Takes in the `Date` of an answer, exact to a second: it counts where this computer's clock is wrong. */
export function hearDate(header) {
  const difference = Date.now() - Date.parse(header);
  ahead = Math.abs(difference) > 2000 ? difference : 0;
}

export const now = () => Date.now() - ahead;

const local = (ms, how) => new Date(ms).toLocaleString("en-GB", how);
const yearOf = (ms) => new Date(ms).getFullYear();
/** `4 Jun`, with its year if that is another. */
const day = (ms) =>
  local(ms, { day: "numeric", month: "short", year: yearOf(ms) === yearOf(now()) ? undefined : "numeric" });

/** `23:36:05` */
export const clockTime = (ms) => local(ms, { timeStyle: "medium" });
/** `23:36, 4 Jun` */
export const dayTime = (ms) => `${local(ms, { timeStyle: "short" })}, ${day(ms)}`;

/** How long ago: `just now`, `5 min ago`, `3 h ago`, `4 Jun`. */
function ago(ms) {
  const minutes = Math.floor((now() - ms) / 60_000);
  if (minutes < 1) return "just now";
  if (minutes < 60) return `${minutes} min ago`;
  return minutes < 24 * 60 ? `${Math.floor(minutes / 60)} h ago` : day(ms);
}

/** `2026-11-26 18:15:31.204` on the clock of this computer. */
export const exact = (ms) =>
  new Date(ms - new Date(ms).getTimezoneOffset() * 60_000).toISOString().slice(0, -1).replace("T", " ");

/** A `<time>` in other words: `5 min ago`, `14:02, 4 Jun` by `how` (`ago`, `day`), or those given. */
export const moment = (ms, how = "ago") =>
  h("time", { datetime: new Date(ms).toISOString(), title: exact(ms) }, { ago: ago(ms), day: dayTime(ms) }[how] ?? how);
