// What is known of an agent, in words. No page in here.

import { span } from "../base/took.js";
import { listed } from "../base/words.js";

/** Whether it answers: a chip's state and its word, and a sentence that says why not. */
export function reachOf({ reach }) {
  if (!reach) return { state: "off", word: "looking…", why: null };
  if (!reach.ok) return { state: "away", word: "does not answer", why: reach.why || "No reason was given." };
  return { state: "ok", word: `answers in ${reach.ms < 1 ? "under 1 ms" : span(reach.ms)}`, why: null };
}

/** One sentence for all of them. */
export function standing(agents) {
  if (agents.some(({ reach }) => !reach)) return "Looking who answers…";
  const away = agents.filter(({ reach }) => !reach.ok).map(({ name }) => name);
  return away.length === 0 ? "All that are here answer." : `No answer from ${listed(away)}.`;
}
