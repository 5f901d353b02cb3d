// Says in words what went wrong and what to do about it.

import { span } from "./took.js";
import { capital } from "./words.js";

const SAID = {
  0: "The gateway does not answer. Check that it is running and that you are online, then try again.",
  401: "You are no longer signed in. Sign in again.",
  404: "That is not here. It may have been removed, or it belongs to someone else.",
  413: "The request is too long. Shorten it and ask again.",
};

/** What went wrong, where the gateway does not say it, and what to do about it. */
const ADVICE = {
  403: ["You are not allowed to do that.", "Reload the page and try again; if it stays so, ask whoever runs the gateway."],
  409: ["That does not fit what the gateway has now.", "Reload the page to see how things stand."],
  500: ["The gateway could not do it.", "Try again in a moment; if it stays so, look at the gateway's log."],
};
const OTHER = ["The gateway did not accept the request.", "Change the request and ask again."];

/** One or two sentences for a failed request. */
export function explain({ status, code, detail, retryAfter }) {
  if (status === undefined) return "Something in this page went wrong. Reload it and try again.";
  if (status === 429) {
    const what = code === "token_quota_exceeded" ? "Your tokens for now are used up." : "Too many requests for now.";
    return `${what} Wait ${retryAfter === null ? "a moment" : span(retryAfter * 1000)}, then ask again.`;
  }
  const [what, next] = ADVICE[Math.min(status, 500)] ?? OTHER;
  return SAID[status] ?? `${sentence(detail) || what} ${next}`;
}

/** The same for a task that ended without an answer. */
export function explainEnd(kind, detail) {
  const why = sentence(detail);
  if (kind === "canceled") return "This request was canceled. Nothing more will be done for it.";
  if (kind === "rejected") return `${why || "The agent turned the request down."} Change the request and ask again.`;
  return `${why || "No reason was given."} Ask again; if it fails again, check that the engine and the agents are running.`;
}

/** Makes a sentence of a detail such as `engine timed out`. */
export function sentence(text) {
  const trimmed = typeof text === "string" ? text.trim() : "";
  if (!trimmed) return "";
  const start = capital(trimmed);
  return /[.!?…]$/.test(start) ? start : `${start}.`;
}
