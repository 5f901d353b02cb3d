// What the rows of the waterfall are called: in a few words beside the bar, and what makes them
// a whole sentence for people who hear the page.

import { capital } from "../base/words.js";
import { isBad, isOver } from "./family.js";
import { took } from "./lengths.js";
import { who } from "./who.js";

const number = (value) => Number(value).toLocaleString("en-GB");

/** What stands beside a bar: `{ name, more }`. */
export function label(row) {
  const { item } = row;
  switch (row.kind) {
    case "task":
      return { name: who(item.target), more: "" };
    case "attempt":
      return { name: `Try ${item.attempt}`, more: "" };
    case "call":
      return { name: item.model || "Engine call", more: tokens(item) };
    case "memory":
      return { name: memoryName(item), more: memoryMore(item) };
    default:
      return { name: "Workflow", more: "in Temporal" };
  }
}

/** `412 → 96 tokens`; nothing where the engine said none. */
export function tokens({ tokens_in: asked, tokens_out: said }) {
  if (!asked && !said) return "";
  return `${number(asked ?? 0)} → ${number(said ?? 0)} tokens`;
}

const DONE = { write: "Wrote", read: "Read", list: "Listed memory", search: "Searched memory" };

const memoryName = (item) => DONE[item.op] ?? capital(String(item.op ?? "memory"));

function memoryMore(item) {
  if (item.op === "write" || item.op === "read") return item.title ? `“${item.title}”` : "a note";
  return typeof item.found === "number" ? `${number(item.found)} found` : "";
}

const STATES = {
  submitted: "waiting", working: "working", "input-required": "asks back", "auth-required": "wants a login",
  completed: "done", failed: "failed", canceled: "canceled", rejected: "turned down",
};
const OUTCOMES = {
  completed: "done", retry: "failed, tried again", released: "given back", "input-required": "asked back",
  "auth-required": "wanted a login", rejected: "turned down", lost: "lost",
};
const CALLS = { finished: "done", cut: "cut off", hung_up: "the caller left", failed: "failed" };

/** How a row ended, or how it stands, in a word or two. */
export function outcome(row) {
  const { item } = row;
  switch (row.kind) {
    case "task":
      return STATES[item.state_name] ?? String(item.state_name ?? "");
    case "attempt":
      if (item.outcome) return OUTCOMES[item.outcome] ?? item.outcome;
      return row.end === null ? "working" : "";
    case "call":
      if (item.outcome === "failed" && item.status > 0) return `failed, HTTP ${item.status}`;
      return CALLS[item.outcome] ?? item.outcome ?? "";
    case "workflow":
      return row.end === null ? "running" : "ended";
    default:
      return "done";
  }
}

/** How a bar looks: `good`, `bad`, `calm` (stopped, left) or `going`. */
export function look(row) {
  const { item } = row;
  if (row.kind === "task" && isOver(item)) return isBad(item) ? "bad" : item.state_name === "canceled" ? "calm" : "good";
  if (row.end === null) return "going";
  if (row.kind === "attempt") return attemptLook(item.outcome);
  if (row.kind === "call") return { failed: "bad", cut: "bad", hung_up: "calm" }[item.outcome] ?? "good";
  return "good";
}

function attemptLook(ended) {
  if (["failed", "retry", "rejected", "lost"].includes(ended)) return "bad";
  return ended === "canceled" || ended === "released" ? "calm" : "good";
}

/** What stands at the end of a bar: how long it took, and how it ended where that is not plain. */
export function tail(row, now) {
  const long = took((row.end ?? now) - row.start);
  const how = look(row) === "good" ? "" : outcome(row);
  if (how === "working" || how === "running") return `${long} …`;
  return how === "" ? long : `${long}, ${how}`;
}

/**
 * What follows the label for people who hear the page, so that both are a sentence:
 * `gemma 412 → 96 tokens`, ` – engine call, began after 1.2 s, took 3.4 s, done.`
 */
export function rest(row, zero, now) {
  const long = took((row.end ?? now) - row.start);
  const ended = row.end === null ? `goes on for ${long}` : `took ${long}`;
  const begin = row.start - zero < 1 ? "began at the start" : `began after ${took(row.start - zero)}`;
  return `${kind(row)}${begin}, ${ended}, ${outcome(row)}.`;
}

function kind(row) {
  if (row.kind === "task") return row.level === 0 ? " – task, " : " – handed on, ";
  if (row.kind === "attempt") return ` of ${who(row.task.target)} – `;
  return row.kind === "call" ? " – engine call, " : " – ";
}
