// Moments as people read them: short, local, the exact one on hover.

import { h } from "./dom.js";
import { ago, dayTime } from "./words.js";

const SLACK_MS = 2000;
let ahead = 0;

/** Takes in the `Date` header of an answer, exact to a second: the gateway's time counts where this computer's is not right. */
export function hearDate(header) {
  const heard = Date.parse(header ?? "");
  if (Number.isNaN(heard)) return;
  const difference = Date.now() - heard;
  ahead = Math.abs(difference) > SLACK_MS ? difference : 0;
}

export const now = () => Date.now() - ahead;

const EXACT = new Intl.DateTimeFormat("sv-SE", {
  year: "numeric", month: "2-digit", day: "2-digit", hour: "2-digit", minute: "2-digit", second: "2-digit",
  fractionalSecondDigits: 3, timeZoneName: "shortOffset",
});

/** `2026-11-26 18:15:31,204 GMT+1`: what a moment is called where it must be exact. */
export const exact = (ms) => EXACT.format(ms);

const WORDS = { ago: (ms) => ago(ms, now()), day: dayTime };

/** A `<time>` in other words: `5 min ago`, `14:02, 4 Jun` by `how` (`ago`, `day`), or those given. */
export const moment = (ms, how = "ago") =>
  h("time", { datetime: new Date(ms).toISOString(), title: exact(ms) }, WORDS[how]?.(ms) ?? how);
