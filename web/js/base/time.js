// Moments as people read them: short, local, the exact one on hover.

import { h } from "./dom.js";
import { ago, dayTime } from "./words.js";

const SLACK_MS = 2000;
let ahead = 0;

/** Takes in the `Date` header of an answer, exact to a second: it counts where this computer's clock is not right. */
export function hearDate(header) {
  const difference = Date.now() - Date.parse(header);
  ahead = Math.abs(difference) > SLACK_MS ? difference : 0;
}

export const now = () => Date.now() - ahead;

/** `2026-11-26 18:15:31.204` on the clock of this computer. */
export const exact = (ms) =>
  new Date(ms - new Date(ms).getTimezoneOffset() * 60_000).toISOString().slice(0, -1).replace("T", " ");

/** A `<time>` in other words: `5 min ago`, `14:02, 4 Jun` by `how` (`ago`, `day`), or those given. */
export const moment = (ms, how = "ago") =>
  h("time", { datetime: new Date(ms).toISOString(), title: exact(ms) }, { ago: ago(ms, now()), day: dayTime(ms) }[how] ?? how);
