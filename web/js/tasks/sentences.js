// What the rows of the waterfall are called, and how they ended.

import { capital, who } from "../base/words.js";
import { isBad, isOver } from "./family.js";
import { number, took } from "./words.js";

const MEMORY = { write: "Wrote", read: "Read", list: "Listed memory", search: "Searched memory" };

/** What stands beside a bar: a name, and what more there is to say. */
export function label({ kind, item }) {
  switch (kind) {
    case "task":
      return [who(item.target), ""];
    case "attempt":
      return [`Try ${item.attempt}`, ""];
    case "call":
      return [item.model || "Engine call", tokens(item)];
    case "memory":
      return [MEMORY[item.op] ?? capital(item.op), item.title ? `“${item.title}”` : item.found === null ? "" : `${number(item.found)} found`];
    default:
      return ["Workflow", "in Temporal"];
  }
}

/** `412 → 96 tokens`; nothing where the engine said none. */
export const tokens = ({ tokens_in: asked, tokens_out: said }) =>
  asked || said ? `${number(asked)} → ${number(said)} tokens` : "";

const STATES = { submitted: "waiting", "input-required": "asks back", "auth-required": "wants a login", completed: "done", rejected: "turned down" };
const OUTCOMES = {
  completed: "done", retry: "failed, tried again", released: "given back", "input-required": "asked back",
  "auth-required": "wanted a login", rejected: "turned down",
};
const CALLS = { finished: "done", cut: "cut off", hung_up: "the caller left" };

/** How a row ended, or how it stands, in a word or two. */
export function outcome({ kind, item, end }) {
  if (kind === "task") return STATES[item.state_name] ?? item.state_name;
  if (kind === "attempt") return OUTCOMES[item.outcome] ?? item.outcome ?? (end === null ? "working" : "ended");
  if (kind === "workflow") return end === null ? "running" : "ended";
  if (kind === "memory") return "done";
  return item.outcome === "failed" && item.status > 0 ? `failed, HTTP ${item.status}` : CALLS[item.outcome] ?? item.outcome;
}

const BAD = new Set(["failed", "retry", "rejected", "lost", "cut"]);
const CALM = new Set(["canceled", "released", "hung_up"]);

/** How a row looks: `good`, `bad`, `calm` (stopped, left) or `going`. */
export function look({ kind, item, end }) {
  if (kind === "task" && isOver(item)) return isBad(item) ? "bad" : item.state_name === "canceled" ? "calm" : "good";
  if (end === null) return "going";
  return BAD.has(item.outcome) ? "bad" : CALM.has(item.outcome) ? "calm" : "good";
}

/** What stands at a bar: how long it took, and how it ended where that is not plain. */
export function tail(row, now) {
  const long = took((row.end ?? now) - row.start);
  if (look(row) === "good") return long;
  const how = outcome(row);
  return how === "working" || how === "running" ? `${long} …` : `${long}, ${how}`;
}

const KINDS = { task: "task, ", attempt: "", call: "engine call, ", memory: "", workflow: "" };

/** What follows the label for people who hear the page: `, engine call, began after 1.2 s, took 3.4 s, done.` */
export function rest(row, zero, now) {
  const ended = row.end === null ? "goes on for" : "took";
  return `, ${KINDS[row.kind]}began after ${took(row.start - zero)}, ${ended} ${took((row.end ?? now) - row.start)}, ${outcome(row)}.`;
}
