// One line of a task's history, in words.

import { sentence } from "./errors.js";
import { textOf } from "./result.js";
import { clockTime } from "./time.js";
import { capital, cut, who } from "./words.js";

const MOST = 300;

/** What happened to a task for `target`. */
export function eventLine(event, target) {
  const data = event.data ?? {};
  const why = cut(sentence(data.detail), MOST);
  const said = cut(textOf((event.message ?? data.artifact)?.parts), MOST);
  return plain(event, { name: capital(who(target)), data, why, said }).replace(/\s+/g, " ").trim();
}

/** An answer comes at once, or in pieces. */
const written = ({ append, artifact }) => (append ? "wrote on" : artifact ? "wrote" : "answered");

function plain({ kind, attempt, at }, { name, data, why, said }) {
  // Of a workflow, or of Temporal, that is waited for.
  if (why.startsWith("Waits for ")) return why;
  switch (kind) {
    case "submitted": return data.parent ? `${name} got the request` : `Request sent to ${who(data.target)}`;
    case "working": return `${name} was called${attempt > 1 ? `, try ${attempt}` : ""}`;
    case "retry": return `${name} did not succeed. ${why} Trying again at ${clockTime(data.due_at ?? at)}.`;
    case "released": return `${name} was given back to the queue. ${why}`;
    case "child": return `${name} handed on to ${who(data.target)}`;
    case "document": return `${capital(data.agent || who(null))} wrote “${cut(data.title || "a note", MOST)}”`;
    case "artifact": return `${name} ${written(data)}${said && `: ${said}`}`;
    case "message": return `An answer came${said && `: ${said}`}`;
    case "status": return `${name} goes on${said && `: ${said}`}`;
    case "input-required": return `${name} asks: ${said || why}`;
    case "auth-required": return `${name} wants a login first. ${said || why}`;
    case "completed": return `${name} finished`;
    case "failed": return `${name} failed. ${why}`;
    case "canceled": return `${name} was stopped. ${why}`;
    case "rejected": return `${name} turned it down. ${why || said}`;
    default: return `${name}: ${cut(String(kind), MOST)}`;
  }
}
