// Times and states as people say them.

/** A span of milliseconds: `0.4 s`, `12 s`, `3 min 05 s`, `2 h 05 min`, `3 days`. */
export function span(ms) {
  const seconds = Math.max(0, ms) / 1000;
  if (seconds < 10) return `${seconds.toFixed(1)} s`;
  if (seconds < 60) return `${Math.floor(seconds)} s`;
  const minutes = Math.floor(seconds / 60);
  if (minutes < 60) return `${minutes} min ${two(seconds % 60)} s`;
  return minutes < 48 * 60 ? `${Math.floor(minutes / 60)} h ${two(minutes % 60)} min` : `${Math.floor(minutes / 60 / 24)} days`;
}

const two = (number) => String(Math.floor(number)).padStart(2, "0");

/** How long after the start: `+0.4 s`, `+12 s`, `+3:05`. */
export const offset = (ms) => (ms < 60_000 ? `+${span(ms)}` : `+${Math.floor(ms / 60_000)}:${two((ms / 1000) % 60)}`);

/** `1,024` */
export const whole = (number) => number.toLocaleString("en-GB");

const local = (ms, how) => new Date(ms).toLocaleString("en-GB", how);
const day = (ms) => local(ms, { day: "numeric", month: "short" });

/** `23:36:05` */
export const clockTime = (ms) => local(ms, { timeStyle: "medium" });
/** `23:36, 4 Jun` */
export const dayTime = (ms) => `${local(ms, { timeStyle: "short" })}, ${day(ms)}`;

/** How long ago: `just now`, `5 min ago`, `3 h ago`, `4 Jun`. */
export function ago(ms, now) {
  const minutes = Math.floor((now - ms) / 60_000);
  if (minutes < 1) return "just now";
  if (minutes < 60) return `${minutes} min ago`;
  return minutes < 24 * 60 ? `${Math.floor(minutes / 60)} h ago` : day(ms);
}

/** What people call whom a task is for: `planner`, `the gateway's chat`, `workflow Billing`, `host/path`. */
export function who(target) {
  if (!target) return "an agent";
  if (target === "chat") return "the gateway's chat";
  if (target.startsWith("temporal://")) return `workflow ${target.slice("temporal://".length)}`;
  const name = target.replace(/^https?:\/\//, "");
  return name.length > 100 ? `${name.slice(0, 100)}…` : name;
}

/** The same, as a plain name. */
export const agentName = (target) => target || "gateway";
export const capital = (text) => (text ? text[0].toUpperCase() + text.slice(1) : text);

const TASK_STATES = {
  queued: "waiting", in_progress: "working", error: "failed",
  submitted: "waiting", completed: "done", "input-required": "asks back", "auth-required": "wants a login",
};

/** The state of a task: its own one where it is known, the plain one of its status else. */
export function taskState({ state, state_name: name, detail }) {
  if (!name && detail === "canceled by its owner") return "canceled";
  return TASK_STATES[name ?? state] ?? name ?? state;
}

/** Names in a sentence, the first few of many. */
export function listed(names) {
  if (names.length > 4) return `${names.slice(0, 3).join(", ")} and ${names.length - 3} more`;
  return names.length === 1 ? names[0] : `${names.slice(0, -1).join(", ")} and ${names.at(-1)}`;
}

/** The kinds of events that end a task. */
const ENDS = new Set(["completed", "failed", "canceled", "rejected"]);

export const isEnd = (kind) => ENDS.has(kind);
