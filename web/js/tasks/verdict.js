// The answer to "why did it fail?" and "where did the time go?", in a sentence or two.

import { sentence } from "../base/errors.js";
import { capital, who } from "../base/words.js";
import { childrenIn, endOf, isBad, isOver, triesIn, triesOf, under } from "./family.js";
import { cut, took } from "./words.js";

const MOST = 240;

/** `{ text, cause }`: how a task stands, and the key of the row that shows why (null where there is none to show). */
export function verdict(tree, task, now) {
  const childrenOf = childrenIn(tree);
  const how = standing(task, childrenOf, tree.calls, now);
  return { ...how, text: how.text + engineTime(under(task, childrenOf), tree.calls) };
}

function standing(task, childrenOf, calls, now) {
  const lasted = took((endOf(task) ?? now) - task.created_ms);
  switch (task.state_name) {
    case "completed":
      return { text: `Done in ${lasted}${triesOf(task) > 1 ? `, after ${triesOf(task)} tries` : ""}.`, cause: null };
    case "canceled":
      return { text: `Canceled after ${lasted}.`, cause: null };
    case "failed":
    case "rejected":
      return failure(task, blame(task, childrenOf), calls, lasted);
    default: {
      const last = deepest(task, childrenOf);
      return { text: `Running for ${lasted}. ${going(last, now)}`, cause: `task:${last.task_id}` };
    }
  }
}

function failure(task, guilty, calls, lasted) {
  const times = triesOf(guilty) > 1 ? `${triesOf(guilty)} tries` : "";
  const head = task.state_name === "rejected" ? "Turned down" : "Failed";
  const verb = guilty.state_name === "rejected" ? "turned it down" : "failed";
  const why = reason(guilty) || "no reason was given";
  const text = guilty === task
    ? `${head} after ${times && `${times}, `}${lasted}: ${why}`
    : `${head} after ${lasted}. ${capital(who(guilty.target))} ${verb}${times && ` after ${times}`}: ${why}`;
  const cause = guilty.attempts.length > 1 ? triesIn(guilty).at(-1).key : `task:${guilty.task_id}`;
  return { text: sentence(text) + engineText(guilty, calls), cause };
}

/** Agents often say only that they failed: what the last engine call of their last try said tells more. */
function engineText({ task_id: id, attempts }, calls) {
  const since = attempts.at(-1)?.started ?? 0;
  const own = calls.filter((call) => call.task_id === id && call.started >= since);
  const last = own.sort((a, b) => a.started - b.started).at(-1);
  if (last?.outcome !== "failed" && last?.outcome !== "cut") return "";
  const how = last.outcome === "cut" ? "was cut off" : `failed${last.status > 0 ? ` with HTTP ${last.status}` : ""}`;
  return ` Its last engine call (${cut(last.model, 80)}) ${how}.`;
}

/** The task at the root of a failure: the failed child that ended last before its parent did, and so on down. */
function blame(task, childrenOf) {
  const bad = childrenOf(task.task_id).filter((child) => isBad(child) && endOf(child) <= endOf(task));
  const last = bad.sort((a, b) => endOf(a) - endOf(b)).at(-1);
  return last ? blame(last, childrenOf) : task;
}

const reason = (task) => cut((task.detail || task.attempts.at(-1)?.detail || "").trim().replace(/[.\s]+$/, ""), MOST);

/** ` Engine calls took 9.2 s.`: each moment counts once. */
function engineTime(tasks, calls) {
  const ids = new Set(tasks.map((task) => task.task_id));
  const own = calls.filter((call) => ids.has(call.task_id)).sort((a, b) => a.started - b.started);
  let [sum, until] = [0, 0];
  for (const { started, duration_ms: length } of own) {
    sum += Math.max(0, started + length - Math.max(started, until));
    until = Math.max(until, started + length);
  }
  return sum === 0 ? "" : ` Engine calls took ${took(sum)}.`;
}

/** Who has a task that goes on. */
function deepest(task, childrenOf) {
  const child = childrenOf(task.task_id).findLast((each) => !isOver(each));
  return child ? deepest(child, childrenOf) : task;
}

function going(task, now) {
  const name = capital(who(task.target));
  const last = task.attempts.at(-1);
  const why = reason(task);
  if (task.state_name === "input-required") return `${name} asks back and waits for an answer.`;
  if (task.state_name === "auth-required") return `${name} wants to be signed in somewhere first.`;
  if (last?.ended === null) return `${name} has been at work${triesOf(task) > 1 ? `, on try ${triesOf(task)},` : ""} for ${took(now - last.started)}.`;
  if (last?.outcome === "retry") return sentence(`${name} did not succeed and is tried again soon${why && `: ${why}`}`);
  return sentence(why ? `It waits: ${why}` : `It has been waiting ${took(now - (last?.ended ?? task.created_ms))} for ${who(task.target)} to take it`);
}
