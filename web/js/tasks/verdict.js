// The answer to "why did it fail?" and "where did the time go?", in a sentence or two.

import { sentence } from "../base/errors.js";
import { all, familyOf } from "../base/handoff.js";
import { isBad, isOver } from "../base/state.js";
import { effortOf, endOf, span, triesOf } from "../base/took.js";
import { capital, cut, who } from "../base/words.js";
import { triesIn } from "./rows.js";

const MOST = 240;

/** `{ text, cause }`: how a task stands, and the key of the row that shows why (null where there is none to show). */
export function verdict(tree, id, now) {
  const task = familyOf(tree).get(id);
  const how = standing(task, now);
  return { ...how, text: how.text + engineTime(all(task).flatMap(({ calls }) => calls)) };
}

function standing(task, now) {
  const lasted = effortOf(task, now);
  switch (task.state_name) {
    case "completed":
      return { text: `Done in ${lasted}${triesOf(task) > 1 ? `, after ${triesOf(task)} tries` : ""}.`, cause: null };
    case "canceled":
      return { text: `Canceled after ${lasted}.`, cause: null };
    case "failed":
    case "rejected":
      return failure(task, blame(task), lasted);
    default: {
      const last = deepest(task);
      return { text: `Running for ${lasted}. ${going(last, now)}`, cause: `task:${last.task_id}` };
    }
  }
}

function failure(task, guilty, lasted) {
  const times = triesOf(guilty) > 1 ? `${triesOf(guilty)} tries` : "";
  const head = task.state_name === "rejected" ? "Turned down" : "Failed";
  const verb = guilty.state_name === "rejected" ? "turned it down" : "failed";
  const why = reason(guilty) || "no reason was given";
  const text = guilty === task
    ? `${head} after ${times && `${times}, `}${lasted}: ${why}`
    : `${head} after ${lasted}. ${capital(who(guilty.target))} ${verb}${times && ` after ${times}`}: ${why}`;
  const cause = guilty.attempts.length > 1 ? triesIn(guilty).at(-1).key : `task:${guilty.task_id}`;
  return { text: sentence(text) + engineText(guilty), cause };
}

/** Agents often say only that they failed: what the last engine call of their last try said tells more. */
function engineText({ attempts, calls }) {
  const since = attempts.at(-1)?.started ?? 0;
  const last = byStart(calls).findLast((call) => call.started >= since);
  if (last?.outcome !== "failed" && last?.outcome !== "cut") return "";
  const how = last.outcome === "cut" ? "was cut off" : `failed${last.status > 0 ? ` with HTTP ${last.status}` : ""}`;
  return ` Its last engine call (${cut(last.model, 80)}) ${how}.`;
}

/** The task at the root of a failure: the failed child that ended last before its parent did, and so on down. */
function blame(task) {
  const bad = task.children.filter((child) => isBad(child) && endOf(child) <= endOf(task));
  const last = bad.sort((a, b) => endOf(a) - endOf(b)).at(-1);
  return last ? blame(last) : task;
}

const reason = (task) => cut((task.detail || task.attempts.at(-1)?.detail || "").trim().replace(/[.\s]+$/, ""), MOST);

/** ` Engine calls took 9.2 s.`: each moment counts once. */
function engineTime(calls) {
  let [sum, until] = [0, 0];
  for (const { started, duration_ms: length } of byStart(calls)) {
    sum += Math.max(0, started + length - Math.max(started, until));
    until = Math.max(until, started + length);
  }
  return sum === 0 ? "" : ` Engine calls took ${span(sum)}.`;
}

const byStart = (calls) => calls.toSorted((a, b) => a.started - b.started);

/** Who has a task that goes on. */
function deepest(task) {
  const child = task.children.findLast((each) => !isOver(each));
  return child ? deepest(child) : task;
}

function going(task, now) {
  const name = capital(who(task.target));
  const last = task.attempts.at(-1);
  const why = reason(task);
  if (task.state_name === "input-required") return `${name} asks back and waits for an answer.`;
  if (task.state_name === "auth-required") return `${name} wants to be signed in somewhere first.`;
  if (last?.ended === null) return `${name} has been at work${triesOf(task) > 1 ? `, on try ${triesOf(task)},` : ""} for ${span(now - last.started)}.`;
  if (last?.outcome === "retry") return sentence(`${name} did not succeed and is tried again soon${why && `: ${why}`}`);
  return sentence(why ? `It waits: ${why}` : `It has been waiting ${span(now - (last?.ended ?? task.created_ms))} for ${who(task.target)} to take it`);
}
