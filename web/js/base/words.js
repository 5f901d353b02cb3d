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
export function offset(ms) {
  if (ms < 60_000) return `+${span(ms)}`;
  const seconds = Math.floor(ms / 1000);
  return `+${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, "0")}`;
}

/** `1,024` */
export const whole = (number) => number.toLocaleString("en-GB");

export const clockTime = (ms) =>
  new Date(ms).toLocaleTimeString("en-GB", { hour: "2-digit", minute: "2-digit", second: "2-digit" });

/** `23:36, 4 Jun` */
export function dayTime(ms) {
  const at = new Date(ms);
  const time = at.toLocaleTimeString("en-GB", { hour: "2-digit", minute: "2-digit" });
  return `${time}, ${at.toLocaleDateString("en-GB", { day: "numeric", month: "short" })}`;
}

/** How long ago: `just now`, `5 min ago`, `3 h ago`, `4 Jun`. */
export function ago(ms, now) {
  const minutes = Math.floor((now - ms) / 60_000);
  if (minutes < 1) return "just now";
  if (minutes < 60) return `${minutes} min ago`;
  if (minutes < 24 * 60) return `${Math.floor(minutes / 60)} h ago`;
  return new Date(ms).toLocaleDateString("en-GB", { day: "numeric", month: "short" });
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

const TASK_STATES = { queued: "waiting", in_progress: "working", done: "done", error: "failed" };
export const taskState = (state) => TASK_STATES[state] ?? String(state ?? "");

/** Names in a sentence, the first few of many. */
export function listed(names) {
  if (names.length > 4) return `${names.slice(0, 3).join(", ")} and ${names.length - 3} more`;
  return names.length === 1 ? names[0] : `${names.slice(0, -1).join(", ")} and ${names.at(-1)}`;
}
