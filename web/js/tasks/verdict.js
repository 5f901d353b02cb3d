// The answer to "why did it fail?", or to "who has it now?", in a sentence or two.

import { sentence } from "../base/errors.js";
import { familyOf } from "../base/handoff.js";
import { isBad, isOver, wordOf } from "../base/state.js";
import { effortOf, endOf, span, triesOf } from "../base/took.js";
import { capital, cut, who } from "../base/words.js";

const MOST = 240;

/** `{ text, cause }`: how a task stands, and the id of the task that shows why. */
export function verdict(tree, id, now) {
  const task = familyOf(tree).get(id);
  const lasted = effortOf(task, now);
  if (task.state_name === "completed") return { text: `Done in ${lasted}${tries(task, ", ")}.`, cause: id };
  if (task.state_name === "canceled") return { text: `Canceled after ${lasted}.`, cause: id };
  const one = isOver(task) ? blame(task) : deepest(task);
  const text = isOver(task) ? failure(task, one, lasted) : `Running for ${lasted}. ${going(one, now)}`;
  return { text, cause: one.task_id };
}

const tries = (task, before) => (triesOf(task) > 1 ? `${before}after ${triesOf(task)} tries` : "");

function failure(task, guilty, lasted) {
  const end = `${capital(wordOf(task.state_name))} after ${lasted}`;
  const what = guilty.state_name === "rejected" ? "turned it down" : "failed";
  const how = guilty === task ? tries(task, ", ") : `. ${capital(who(guilty.target))} ${what}${tries(guilty, " ")}`;
  return sentence(`${end}${how}: ${reason(guilty) || "no reason was given"}`) + lastCall(guilty);
}

/** Agents often say only that they failed: what the last engine call of their last try said tells more. */
function lastCall({ attempts, calls }) {
  const since = attempts.at(-1)?.started ?? 0;
  const last = calls.toSorted((a, b) => a.started - b.started).findLast(({ started }) => started >= since);
  if (last?.outcome !== "failed" && last?.outcome !== "cut") return "";
  const status = last.status >= 400 ? `, HTTP ${last.status}` : "";
  return ` Its last engine call (${cut(last.model, 80)}): ${wordOf(last.outcome)}${status}.`;
}

/** The task at the root of a failure: the failed child that ended last before its parent did, and so on down. */
function blame(task) {
  const bad = task.children.filter((child) => isBad(child) && endOf(child) <= endOf(task));
  const last = bad.sort((a, b) => endOf(a) - endOf(b)).at(-1);
  return last ? blame(last) : task;
}

const reason = (task) => cut((task.detail || task.attempts.at(-1)?.detail || "").trim().replace(/[.\s]+$/, ""), MOST);

/** Who has a task that goes on. */
function deepest(task) {
  const child = task.children.findLast((each) => !isOver(each));
  return child ? deepest(child) : task;
}

const ASKS = {
  "input-required": "asks back and waits for an answer.",
  "auth-required": "wants to be signed in somewhere first.",
};

function going(task, now) {
  const name = capital(who(task.target));
  const [last, why] = [task.attempts.at(-1), reason(task)];
  if (ASKS[task.state_name]) return `${name} ${ASKS[task.state_name]}`;
  if (last?.ended === null) return `${name} has been at work for ${span(now - last.started)}.`;
  const how = last?.outcome === "retry" ? "did not succeed and is tried again soon" : "is waited for";
  return sentence(`${name} ${how}${why && `: ${why}`}`);
}
