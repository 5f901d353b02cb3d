// One line of a task's history, in words.

import { sentence } from "./errors.js";
import { textOf } from "./result.js";
import { capital, clockTime, cut, who } from "./words.js";

const MOST = 300;

/** What happened, for whom the task is (`target`). */
export function eventLine(event, target) {
  const name = capital(who(target));
  const data = event.data ?? {};
  const why = cut(sentence(data.detail), MOST);
  const said = cut(textOf(event.message?.parts), MOST);
  return tidy(plain(event, { name, data, why, said }));
}

function plain(event, { name, data, why, said }) {
  switch (event.kind) {
    case "submitted":
      return data.parent ? `${name} got the request` : `Request sent to ${who(data.target)}`;
    case "working":
      return event.attempt > 1 ? `${name} was called, try ${event.attempt}` : `${name} was called`;
    case "retry":
      return waits(data) ? why : `${name} did not succeed. ${why} ${retryAt(data.due_at)}`;
    case "released":
      return waits(data) ? why : `${name} was given back to the queue. ${why}`;
    case "child":
      return `${name} handed on to ${who(data.target)}`;
    case "document":
      return `${capital(data.agent || who(null))} wrote “${cut(data.title || "a note", MOST)}”`;
    case "artifact":
      return [`${name} answered`, said || cut(textOf(data.artifact?.parts), MOST)].filter(Boolean).join(": ");
    case "message":
      return said ? `An answer came: ${said}` : "An answer came";
    case "status":
      return said ? `${name} says: ${said}` : `${name} goes on`;
    case "input-required":
      return said ? `${name} asks: ${said}` : `${name} asks back. ${why}`;
    case "auth-required":
      return `${name} wants to be signed in somewhere first. ${said || why}`;
    case "completed":
      return `${name} finished`;
    case "failed":
      return `${name} failed. ${why}`;
    case "canceled":
      return `${name} was stopped. ${why}`;
    case "rejected":
      return `${name} turned it down. ${why || said}`;
    default:
      return `${name}: ${cut(String(event.kind), MOST)}`;
  }
}

const tidy = (text) => text.replace(/\s+/g, " ").trim();

/** Whether it is a workflow, or Temporal, that is waited for. */
const waits = (data) => /^waits for /.test(data.detail ?? "");

function retryAt(due) {
  if (typeof due !== "number") return "Trying again soon.";
  // Seconds and milliseconds since 1970 cannot be mistaken for each other.
  return `Trying again at ${clockTime(due < 1e11 ? due * 1000 : due)}.`;
}
