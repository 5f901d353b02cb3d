// What the rows of the waterfall are called, and how they ended.

import { capital, who, whole } from "../base/words.js";
import { took } from "./words.js";

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

const BAD = new Set(["failed", "retry", "rejected", "lost", "cut"]);
const CALM = new Set(["canceled", "released", "hung_up"]);
const WORDS = {
  submitted: "waiting", completed: "done", finished: "done", retry: "failed, tried again", released: "given back",
  "input-required": "asks back", "auth-required": "wants a login", rejected: "turned down", cut: "cut off", hung_up: "the caller left",
};

const end = (row) => row.item.state_name ?? row.item.outcome ?? (row.end === null ? "working" : "done");

/** How a row ended, or how it stands, in a word or two. */
export function outcome(row) {
  const how = WORDS[end(row)] ?? end(row);
  return how === "failed" && row.item.status > 0 ? `failed, HTTP ${row.item.status}` : how;
}

/** How a row looks: `good`, `bad`, `calm` (stopped, left) or `going`. */
export function look(row) {
  if (BAD.has(end(row))) return "bad";
  if (CALM.has(end(row))) return "calm";
  return row.end === null ? "going" : "good";
}

/** What stands at a bar: how long it took, and how it ended where that is not plain. */
export function tail(row, now) {
  const long = took((row.end ?? now) - row.start);
  if (look(row) === "good") return long;
  return outcome(row) === "working" ? `${long} …` : `${long}, ${outcome(row)}`;
}

/** What follows the label for people who hear the page: `, engine call, began after 1.2 s, took 3.4 s, done.` */
export function rest(row, zero, now) {
  const kind = { task: "task, ", call: "engine call, " }[row.kind] ?? "";
  const long = `${row.end === null ? "goes on for" : "took"} ${took((row.end ?? now) - row.start)}`;
  return `, ${kind}began after ${took(row.start - zero)}, ${long}, ${outcome(row)}.`;
}
