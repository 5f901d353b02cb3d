// What is said of a request: the line under the drawing, and the lines of what happened.

import { sentence } from "../base/errors.js";
import { capital, clockTime, span } from "../base/words.js";
import { listed, nameOf, titleOf } from "./names.js";
import { askingOf, endOf, rootOf, startOf, sums } from "./run.js";

/** Where the request stands, for people who read it and people who hear it. */
export function standing(run) {
  const took = endOf(run) !== null && startOf(run) !== null ? span(endOf(run) - startOf(run)) : null;
  switch (run.end) {
    case null:
      return going(run);
    case "completed":
      return `Done${took ? ` in ${took}` : ""}${thoughOf(run)}.`;
    case "canceled":
      return took ? `Stopped after ${took}.` : "Stopped.";
    case "rejected":
      return `${titleOf(rootOf(run).target)} turned it down.`;
    default:
      return `Failed after ${[triesOf(run), took].filter((each) => each !== null).join(" in ") || "no time"}.`;
  }
}

/** The end may be good though somebody on the way there failed. */
function thoughOf(run) {
  const failed = [...run.tasks.values()].filter((task) => task.state === "failed").map((task) => nameOf(task.target));
  return failed.length === 0 ? "" : `, though ${listed([...new Set(failed)])} failed`;
}

function triesOf(run) {
  const { attempt } = rootOf(run);
  return attempt > 1 ? `${attempt} tries` : null;
}

function going(run) {
  const asking = askingOf(run);
  if (asking) return `${titleOf(asking.target)} asks you something.`;
  const tasks = [...run.tasks.values()];
  const named = (state) => [...new Set(tasks.filter((task) => task.state === state).map((task) => nameOf(task.target)))];
  const [working, retrying, waiting] = ["working", "retrying", "waiting"].map(named);
  if (rootOf(run).target === undefined) return "Opening the request.";
  if (working.length === 1) return `${capital(working[0])} is working${tryOf(tasks)}.`;
  if (working.length > 1) return `${capital(listed(working))} are working.`;
  if (retrying.length > 0) return `${capital(listed(retrying))} did not succeed. It will be tried again.`;
  if (waiting.length > 0) return `Waiting for ${listed(waiting)} to take it.`;
  return "The answer is on its way.";
}

function tryOf(tasks) {
  const at = tasks.find((task) => task.state === "working").attempt;
  return at > 1 ? `, try ${at}` : "";
}

/** What it took, once it is known: `3 engine calls took 2.0 s: 1,024 tokens read and 310 written.` */
export function effort(run, usage = null) {
  const all = sums(run);
  if (all.calls === 0) return usage === null ? "" : read(usage);
  return `${count(all.calls, "engine call")} took ${span(all.ms)}: ${read(all)}`;
}

const read = (all) => `${count(all.in, "token")} read and ${all.out.toLocaleString("en-GB")} written.`;
const count = (number, what) => `${number.toLocaleString("en-GB")} ${what}${number === 1 ? "" : "s"}`;

/** One line of what happened; null where there is nothing to say of it. */
export function line(entry) {
  const name = titleOf(entry.target);
  const { data } = entry;
  switch (entry.kind) {
    case "submitted":
      return data.parent ? `${name} got the request` : `Request sent to ${nameOf(entry.target)}`;
    case "working":
      return entry.attempt > 1 ? `${name} was called, try ${entry.attempt}` : `${name} was called`;
    case "retry":
      if (waits(data)) return sentence(data.detail);
      return `${name} did not succeed. ${sentence(data.detail)} ${retryAt(data.due_at)}`.replace(/\s+/g, " ").trim();
    case "released":
      return waits(data) ? sentence(data.detail) : `${name} gave it back to the queue`;
    case "child":
      return `${name} handed on to ${nameOf(data.target)}`;
    case "document":
      return `${titleOf(data.agent ?? entry.target)} wrote “${short(data.title) || "a note"}”`;
    case "artifact":
      return entry.more ? null : `${name} began to write ${short(data.artifact.name ?? data.artifact.artifactId)}`;
    case "status":
      return entry.said ? `${name} says: ${short(entry.said)}` : null;
    case "input-required":
      return `${name} asks you something`;
    case "auth-required":
      return `${name} wants a login`;
    case "message":
      return `You answered ${nameOf(entry.target)}`;
    case "completed":
      return `${name} finished`;
    case "failed":
      return `${name} failed. ${sentence(data.detail)}`.trim();
    case "canceled":
      return `${name} was stopped`;
    case "rejected":
      return `${name} turned it down. ${sentence(data.detail)}`.trim();
    default:
      return `${name}: ${entry.kind}`;
  }
}

/** Whether it is a workflow, or Temporal, that is waited for. */
const waits = (data) => /^waits for /.test(data.detail ?? "");

const LONGEST = 200;
function short(text) {
  const one = String(text ?? "");
  return one.length > LONGEST ? `${one.slice(0, LONGEST)}…` : one;
}

function retryAt(due) {
  if (typeof due !== "number") return "Trying again soon.";
  // Seconds and milliseconds since 1970 cannot be mistaken for each other.
  return `Trying again at ${clockTime(due < 1e11 ? due * 1000 : due)}.`;
}
