// How things stand: for each state a word, and the tone in which it is shown.

const STATES = {
  submitted: ["waiting", "going"], working: ["working", "going"],
  "input-required": ["asks back", "going"], "auth-required": ["wants a login", "going"],
  completed: ["done", "good"], canceled: ["canceled", "calm"],
  failed: ["failed", "bad"], rejected: ["turned down", "bad"],
  // Of tries and of calls.
  finished: ["done", "good"], retry: ["failed, tried again", "bad"], released: ["given back", "calm"],
  cut: ["cut off", "bad"], hung_up: ["the caller left", "calm"], lost: ["lost", "bad"],
  // Of parts of the gateway.
  ok: ["ok", "good"], degraded: ["degraded", "going"], away: ["away", "bad"], off: ["off", "calm"],
};

export const wordOf = (state) => STATES[state]?.[0] ?? state;
export const toneOf = (state) => STATES[state]?.[1] ?? "calm";

/** Whether a state, or the event that brings it, ends a task. */
export const isEnd = (name) => ["completed", "failed", "canceled", "rejected"].includes(name);
export const isOver = (task) => isEnd(task.state_name);
export const isBad = (task) => isOver(task) && toneOf(task.state_name) === "bad";
/** Whether it waits for the person. */
export const asks = (task) => task.state_name.endsWith("-required");
