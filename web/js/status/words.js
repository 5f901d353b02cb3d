// The gateway's standing in words. No page in here.

import { span } from "../base/words.js";

/** One sentence for all of it: what is in trouble, by name. */
export function summary({ ready, parts = [] }) {
  const named = (state) => parts.filter((part) => part.state === state).map((part) => part.name);
  const [away, weak] = [named("away"), named("degraded")];
  const words = [
    away.length ? `${listed(away)} ${away.length === 1 ? "is" : "are"} away` : null,
    weak.length === 1 ? `${weak[0]} works less well than it should` : null,
    weak.length > 1 ? `${listed(weak)} work less well than they should` : null,
  ].filter(Boolean);
  if (words.length > 0) return `${words.join("; ")}.${ready ? "" : " The gateway is not ready."}`;
  return ready ? "All that is on works." : "The gateway is not ready yet.";
}

export const troubled = ({ ready, parts = [] }) => !ready || parts.some((part) => part.state === "away" || part.state === "degraded");

function listed(names) {
  if (names.length === 1) return names[0];
  if (names.length > 4) return `${names.slice(0, 3).join(", ")} and ${names.length - 3} more`;
  return `${names.slice(0, -1).join(", ")} and ${names.at(-1)}`;
}

const NUMBERS = [
  ["tasks_running", "Tasks running"],
  ["tasks_waiting", "Tasks waiting"],
  ["webhooks_waiting", "Webhooks to deliver"],
  ["memory_waiting", "Memory to write"],
  ["usage_waiting", "Usage to report"],
  ["traces_waiting", "Traces to write"],
];
const LATE_MS = 60_000;

/** What there is to count: `{ name, value, late }`; what is off is left out. */
export function numbers(backlog) {
  return NUMBERS.filter(([key]) => typeof backlog[key] === "number").map(([key, name]) => ({
    name,
    value: backlog[key].toLocaleString("en-GB"),
    late: key === "tasks_waiting" && backlog.oldest_waiting_ms > LATE_MS,
  }));
}

export const waits = ({ oldest_waiting_ms: oldest }) =>
  (oldest === null || oldest === undefined ? "No task waits." : `The task that waits longest has done so for ${longer(oldest)}.`);

export const fetched = (ms) => (ms === null || ms === undefined ? "never" : `${longer(ms)} ago`);

/** A span that may be days. */
export function longer(ms) {
  const minutes = Math.floor(ms / 60_000);
  if (minutes < 60) return span(ms);
  if (minutes < 48 * 60) return `${Math.floor(minutes / 60)} h ${String(minutes % 60).padStart(2, "0")} min`;
  return `${Math.floor(minutes / 60 / 24)} days`;
}
