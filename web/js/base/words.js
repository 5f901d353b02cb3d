// Numbers, times and names in words.

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
  return cut(target.replace("temporal://", "workflow ").replace(/^https?:\/\//, ""), 100);
}

export const capital = (text) => (text ? text[0].toUpperCase() + text.slice(1) : text);

/** No more of a text than `most`. */
export const cut = (text, most) => (text.length > most ? `${text.slice(0, most)}…` : text);

/** Names in a sentence, the first few of many. */
export function listed(names) {
  if (names.length > 4) return `${names.slice(0, 3).join(", ")} and ${names.length - 3} more`;
  return names.length === 1 ? names[0] : `${names.slice(0, -1).join(", ")} and ${names.at(-1)}`;
}
