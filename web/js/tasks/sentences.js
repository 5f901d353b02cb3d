// What tasks and the rows of the waterfall are called, and how they ended.

import { toneOf, wordOf } from "../base/state.js";
import { span } from "../base/took.js";
import { capital, cut, who, whole } from "../base/words.js";

const MEMORY = { write: "Wrote", read: "Read", list: "Listed memory", search: "Searched memory" };

/** What was asked, as far as it fits on a line. */
export function titleOf({ title, input, target }) {
  const asked = title ?? (typeof input === "string" ? input : "");
  return cut(asked.slice(0, 400).replace(/\s+/g, " ").trim(), 160) || `Task for ${who(target)}`;
}

/** What stands beside a bar: a name, and what more there is to say. */
export function label({ kind, item }) {
  switch (kind) {
    case "task":
      return [who(item.target), ""];
    case "attempt":
      return [`Try ${item.attempt}`, ""];
    case "call":
      return [item.model || "Engine call", item.tokens_out > 0 ? tokens(item) : ""];
    case "memory":
      return [MEMORY[item.op] ?? capital(item.op), item.title ? `“${item.title}”` : found(item)];
    default:
      return ["Workflow", "in Temporal"];
  }
}

const tokens = (call) => `${whole(call.tokens_in)} → ${whole(call.tokens_out)} tokens`;
const found = (read) => (read.found === null ? "" : `${whole(read.found)} found`);

/** The state of a row, whatever it is of. */
export const stateOf = (row) => row.item.state_name ?? row.item.outcome ?? (row.end === null ? "working" : "finished");

/** How a row ended, or how it stands, in a word or two. */
export function outcome(row) {
  const how = wordOf(stateOf(row));
  return how === "failed" && row.item.status > 0 ? `failed, HTTP ${row.item.status}` : how;
}

/** What stands behind a bar: how long it took, and how it ended where that is not plain. */
export function tail(row, now) {
  const long = span((row.end ?? now) - row.start);
  return toneOf(stateOf(row)) === "good" ? long : `${long}, ${outcome(row)}`;
}

/** What people who hear the page are told between the two. */
export const since = (row, zero) =>
  `, began after ${span(row.start - zero)}, ${row.end === null ? "goes on for" : "took"} `;
