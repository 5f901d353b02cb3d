// The gateway's standing in words. No page in here.

import { sentence } from "../base/errors.js";
import { span } from "../base/took.js";
import { listed, whole } from "../base/words.js";

/** What the gateway says of a part, as a sentence; a name or an address stays as it is. */
export const said = (text) => (/^[a-z']+ /.test(text ?? "") ? sentence(text) : text ?? "");

/** One sentence for all of it: what is in trouble, by name. */
export function summary({ ready, parts }) {
  const named = (state, words) => {
    const names = parts.filter((part) => part.state === state).map(({ name }) => name);
    return names.length > 0 && `${words}: ${listed(names)}.`;
  };
  const degraded = named("degraded", "Works less well than it should");
  const trouble = [named("away", "Away"), degraded, !ready && "The gateway is not ready."].filter(Boolean);
  return trouble.join(" ") || "All that is on works.";
}

export const troubled = ({ ready, parts }) => !ready || parts.some(({ state }) => ["away", "degraded"].includes(state));

const NUMBERS = [
  ["tasks_running", "Tasks running"],
  ["tasks_waiting", "Tasks waiting"],
  ["webhooks_waiting", "Webhooks to deliver"],
  ["memory_waiting", "Memory to write"],
  ["usage_waiting", "Usage to report"],
  ["traces_waiting", "Traces to write"],
];

/** What there is to count: `[name, count]`; what is off is left out. */
export const numbers = (backlog) =>
  NUMBERS.filter(([key]) => typeof backlog[key] === "number").map(([key, name]) => [name, whole(backlog[key])]);

export const waits = ({ oldest_waiting_ms: oldest }) =>
  (oldest === null ? "No task waits." : `The task that waits longest has done so for ${span(oldest)}.`);

export const fetched = (ms) => (ms === null ? "never" : `${span(ms)} ago`);
