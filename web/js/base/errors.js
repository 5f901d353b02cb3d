// Says in words what went wrong and what to do about it.

import { span } from "./took.js";
import { capital } from "./words.js";

const SAID = {
  0: "The gateway does not answer. Check that it is running and that you are online, then try again.",
  404: "That is not here. It may have been removed, or it belongs to someone else.",
};

/** One or two sentences for a failed request. */
export function explain({ status, detail, retryAfter }) {
  if (status === undefined) return "Something in this page went wrong. Reload it and try again.";
  const wait = retryAfter ? span(retryAfter * 1000).replace(".0", "") : "a moment";
  let next = "Change the request, or reload the page to see how things stand.";
  if (status === 403) next = "Whoever runs the gateway can change that.";
  if (status === 429 || status >= 500) next = `Try again in ${wait}; if it stays so, look at the gateway's log.`;
  return SAID[status] ?? `${sentence(detail) || "The gateway could not do it."} ${next}`;
}

/** Makes a sentence of a detail such as `engine timed out`. */
export function sentence(text) {
  const start = capital(typeof text === "string" ? text.trim() : "");
  return /[.!?…]$|^$/.test(start) ? start : `${start}.`;
}
