// What the rows of the waterfall are called, and how they ended.

import { toneOf, wordOf } from "../base/state.js";
import { span } from "../base/took.js";
import { capital, who, whole } from "../base/words.js";

const MEMORY = { write: "Wrote", read: "Read", list: "Listed memory", search: "Searched memory" };

/** What stands beside a bar: a name, and what more there is to say. */
export function label({ kind, item }) {
  switch (kind) {
    case "task":
      return [who(item.target), ""];
    case "attempt":
      return [`Try ${item.attempt}`, ""];
    case "call":
      return [item.model || "Engine call", item.tokens_out > 0 ? `${whole(item.tokens_in)} → ${whole(item.tokens_out)} tokens` : ""];
    case "memory":
      return [MEMORY[item.op] ?? capital(item.op), item.title ? `“${item.title}”` : item.found === null ? "" : `${whole(item.found)} found`];
    default:
      return ["Workflow", "in Temporal"];
  }
}

/** The state of a row, whatever it is of. */
export const stateOf = (row) => row.item.state_name ?? row.item.outcome ?? (row.end === null ? "working" : "finished");

/** How a row ended, or how it stands, in a word or two. */
export function outcome(row) {
  const how = wordOf(stateOf(row));
  return how === "failed" && row.item.status > 0 ? `failed, HTTP ${row.item.status}` : how;
}

/** What stands at a bar: how long it took, and how it ended where that is not plain. */
export function tail(row, now) {
  const long = span((row.end ?? now) - row.start);
  if (toneOf(stateOf(row)) === "good") return long;
  return outcome(row) === "working" ? `${long} …` : `${long}, ${outcome(row)}`;
}

/** What follows the label for people who hear the page: `, engine call, began after 1.2 s, took 3.4 s, done.` */
export function rest(row, zero, now) {
  const kind = { task: "task, ", call: "engine call, " }[row.kind] ?? "";
  const long = `${row.end === null ? "goes on for" : "took"} ${span((row.end ?? now) - row.start)}`;
  return `, ${kind}began after ${span(row.start - zero)}, ${long}, ${outcome(row)}.`;
}
