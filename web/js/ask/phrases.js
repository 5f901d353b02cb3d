// What is said of a request: the line under the diagram and the lines of the timeline.

import { sentence } from "../base/errors.js";
import { chain, endOf, startOf } from "./run.js";
import { agentName, capital, clockTime, span } from "../base/words.js";

/** Where the request stands, for people who read it and people who hear it. */
export function standing(run) {
  const took = endOf(run) !== null && startOf(run) !== null ? span(endOf(run) - startOf(run)) : null;
  switch (run.end) {
    case null:
      return going(run);
    case "completed":
      return took ? `Done in ${took}.` : "Done.";
    case "canceled":
      return took ? `Canceled after ${took}.` : "Canceled.";
    case "rejected":
      return "Turned down.";
    default:
      return took ? `Failed after ${took}.` : "Failed.";
  }
}

/** The same in one word, as the list of recent requests has it. */
export function standingWord(run) {
  if (run.end !== null) return { completed: "done", canceled: "canceled" }[run.end] ?? "failed";
  const tasks = chain(run);
  return tasks.length === 1 && tasks[0].state === "waiting" ? "waiting" : "working";
}

function going(run) {
  const task = chain(run).at(-1);
  if (task.target === undefined) return "Opening the request.";
  const name = capital(agentName(task.target));
  switch (task.state) {
    case "waiting":
      return `Waiting for ${agentName(task.target)} to take it.`;
    case "working":
      return task.attempt > 1 ? `${name} is working, try ${task.attempt}.` : `${name} is working.`;
    case "retrying":
      return `${name} did not succeed. It will be tried again.`;
    default:
      return `${name} is finished; the answer is on its way.`;
  }
}

/** One line of the timeline. */
export function line(entry) {
  const name = capital(agentName(entry.target));
  const { data } = entry;
  switch (entry.kind) {
    case "submitted":
      return data.parent ? `${name} got the request` : `Request sent to ${agentName(entry.target)}`;
    case "working":
      return entry.attempt > 1 ? `${name} was called, try ${entry.attempt}` : `${name} was called`;
    case "retry":
      if (waits(data)) return sentence(data.detail);
      return `${name} did not succeed. ${sentence(data.detail)} ${retryAt(data.due_at)}`.replace(/\s+/g, " ").trim();
    case "released":
      return waits(data) ? sentence(data.detail) : `${name} gave it back to the queue`;
    case "child":
      return `${name} handed on to ${agentName(data.target)}`;
    case "document":
      return `${capital(agentName(data.agent ?? entry.target))} wrote “${data.title || "a note"}”`;
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

function retryAt(due) {
  if (typeof due !== "number") return "Trying again soon.";
  // Seconds and milliseconds since 1970 cannot be mistaken for each other.
  return `Trying again at ${clockTime(due < 1e11 ? due * 1000 : due)}.`;
}
