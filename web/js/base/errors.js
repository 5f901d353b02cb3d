// Says in words what went wrong and what to do about it.

/** One or two sentences for a failed request. */
export function explain(error) {
  const detail = sentence(error.detail);
  switch (error.status) {
    case undefined:
      return "Something in this page went wrong. Reload it and try again.";
    case 0:
      return "The gateway does not answer. Check that it is running and that you are online, then try again.";
    case 401:
      return "You are no longer signed in. Sign in again.";
    case 403:
      return `${detail || "You are not allowed to do that."} Reload the page and try again; if it stays so, ask whoever runs the gateway.`;
    case 404:
      return "That is not here. It may have been removed, or it belongs to someone else.";
    case 409:
      return `${detail || "That does not fit what the gateway has now."} Reload the page to see how things stand.`;
    case 413:
      return "The request is too long. Shorten it and ask again.";
    case 429:
      if (error.code === "token_quota_exceeded") return `Your tokens for now are used up. Wait ${wait(error.retryAfter)}, then ask again.`;
      return `Too many requests for now. Wait ${wait(error.retryAfter)}, then ask again.`;
    default:
      break;
  }
  if (error.status >= 500) {
    return `${detail || "The gateway could not do it."} Try again in a moment; if it stays so, look at the gateway's log.`;
  }
  return `${detail || "The gateway did not accept the request."} Change the request and ask again.`;
}

/** The same for a task that ended without an answer. */
export function explainEnd(kind, detail) {
  const why = sentence(detail);
  switch (kind) {
    case "canceled":
      return "This request was canceled. Nothing more will be done for it.";
    case "rejected":
      return `${why || "The agent turned the request down."} Change the request and ask again.`;
    default:
      return `${why || "No reason was given."} Ask again; if it fails again, check that the engine and the agents are running.`;
  }
}

function wait(seconds) {
  if (seconds === null) return "a moment";
  if (seconds < 90) return seconds === 1 ? "1 second" : `${seconds} seconds`;
  return `${Math.ceil(seconds / 60)} minutes`;
}

/** Makes a sentence of a detail such as `engine timed out`. */
export function sentence(text) {
  const trimmed = typeof text === "string" ? text.trim() : "";
  if (!trimmed) return "";
  const start = trimmed[0].toUpperCase() + trimmed.slice(1);
  return /[.!?…]$/.test(start) ? start : `${start}.`;
}
