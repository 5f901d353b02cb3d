// The answer to "why did it fail?" and "where did the time go?", in a sentence or two.

import { sentence } from "../base/errors.js";
import { capital } from "../base/words.js";
import { endOf, isBad, isOver, kin, triesOf } from "./family.js";
import { partOf, took } from "./lengths.js";
import { who } from "./who.js";

const MOST = 240;

/**
 * `{ text, spent, cause }`: how task `id` stands, where its time went, and the key of the row that
 * shows the cause (null where there is none to show).
 */
export function verdict(tree, id, sums, now) {
  const family = kin(tree);
  const task = family.tasks.get(id);
  const how = standing(task, family, tree.calls ?? [], now);
  return { ...how, spent: isOver(task) || sums.whole > 1000 ? spentText(sums) : "" };
}

function standing(task, family, calls, now) {
  const lasted = took((endOf(task) ?? now) - task.created_ms);
  switch (task.state_name) {
    case "completed":
      return { text: `Done in ${lasted}${triesText(task, ", after ")}.`, cause: null };
    case "failed":
    case "rejected":
      return failure(task, family, calls, lasted);
    case "canceled":
      return { text: `Canceled after ${lasted}${atWork(task, family)}.`, cause: null };
    default:
      return going(task, family, now);
  }
}

function failure(task, family, calls, lasted) {
  const guilty = blame(task, family);
  const tries = triesOf(guilty);
  const times = tries > 1 ? `${tries} tries` : "";
  const verb = (each) => (each.state_name === "rejected" ? "turned down" : "failed");
  const why = reason(guilty) || "no reason was given";
  const own = [times, lasted].filter(Boolean).join(", ");
  const text = guilty === task
    ? `${capital(verb(task))} after ${own}: ${why}`
    : `${capital(verb(task))} after ${lasted}. ${capital(who(guilty.target))} ${blamed(guilty, times)}: ${why}`;
  return { text: `${sentence(text)}${engineText(guilty, calls)}`, cause: causeKey(guilty) };
}

/** Agents often say only that they failed: what the last engine call of their last try said tells more. */
function engineText(task, calls) {
  const since = task.attempts?.at(-1)?.started ?? 0;
  const own = calls.filter((call) => call.task_id === task.task_id && call.started >= since);
  if (own.length === 0) return "";
  const last = own.reduce((late, call) => (call.started >= late.started ? call : late));
  if (last.outcome !== "failed" && last.outcome !== "cut") return "";
  const answer = last.status > 0 ? ` with HTTP ${last.status}` : "";
  return ` Its last engine call${last.model ? ` (${last.model.slice(0, 80)})` : ""} ${last.outcome === "cut" ? "was cut off" : `failed${answer}`}.`;
}

const blamed = (guilty, times) =>
  `${guilty.state_name === "rejected" ? "turned it down" : "failed"}${times === "" ? "" : ` after ${times}`}`;

/** The task at the root of a failure: the failed child that ended last, and so on down. */
export function blame(task, family) {
  const seen = new Set();
  let at = task;
  for (;;) {
    seen.add(at);
    const end = endOf(at) ?? Infinity;
    const bad = family.below(at.task_id)
      .filter((child) => isBad(child) && !seen.has(child) && endOf(child) <= end);
    if (bad.length === 0) return at;
    at = bad.reduce((last, each) => (endOf(each) >= endOf(last) ? each : last));
  }
}

function reason(task) {
  const last = task.attempts?.at(-1);
  const text = (task.detail || last?.detail || "").trim().replace(/[.\s]+$/, "");
  return text.length > MOST ? `${text.slice(0, MOST)}…` : text;
}

function causeKey(task) {
  const last = (task.attempts?.length ?? 0) - 1;
  return last < 1 ? `task:${task.task_id}` : `attempt:${task.task_id}:${task.attempts[last].attempt}:${last}`;
}

function triesText(task, before) {
  const tries = triesOf(task);
  return tries > 1 ? `${before}${tries} tries` : "";
}

/** Whom it was with when it ended. */
function atWork(task, family) {
  const last = deepest(task, family, (child) => child.state_name === "canceled");
  return last === task ? "" : `, while ${who(last.target)} had it`;
}

function deepest(task, family, wanted) {
  const seen = new Set();
  let at = task;
  while (!seen.has(at)) {
    seen.add(at);
    at = family.below(at.task_id).findLast((child) => wanted(child) && !seen.has(child)) ?? at;
  }
  return at;
}

function going(task, family, now) {
  const at = deepest(task, family, (child) => !isOver(child));
  const running = `Running for ${took(now - task.created_ms)}.`;
  const name = capital(who(at.target));
  const last = at.attempts?.at(-1);
  const cause = `task:${at.task_id}`;
  if (at.state_name === "input-required") return { text: `${running} ${name} asks back and waits for an answer.`, cause };
  if (at.state_name === "auth-required") return { text: `${running} ${name} wants to be signed in somewhere first.`, cause };
  if (!last) return { text: `${running} It has been waiting ${took(now - at.created_ms)} for ${who(at.target)} to take it.`, cause };
  if (last.ended !== null && last.ended !== undefined) return { text: `${running} ${between(at, last, name)}`, cause };
  const tries = triesOf(at) > 1 ? `, on try ${triesOf(at)},` : "";
  return { text: `${running} ${name} has been at work${tries} for ${took(now - last.started)}.`, cause };
}

function between(task, last, name) {
  const why = reason({ ...task, detail: task.detail || last.detail });
  if (last.outcome !== "retry") return sentence(why ? `It waits: ${why}` : `It waits for ${who(task.target)}`);
  return sentence(`${name} did not succeed and is tried again soon${why ? `: ${why}` : ""}`);
}

const PARTS = [
  ["engine", "engine calls", "were"],
  ["memory", "memory", "was"],
  ["agents", "the agents' own work", "was"],
  ["waiting", "waiting", "was"],
];
/** Parts below this share of the whole are not worth a word. */
const WORTH = 0.02;

/** What the time of a task is made of: `[{ name, words, verb, ms, share }]`. */
export const parts = (sums) => PARTS.map(([name, words, verb]) =>
  ({ name, words, verb, ms: sums[name], share: sums.whole > 0 ? sums[name] / sums.whole : 0 }));

/** `9.2 of 12.1 s were engine calls, 2.4 s the agents' own work.` */
export function spentText(sums) {
  const [first, ...rest] = parts(sums).filter((part) => part.share >= WORTH).sort((a, b) => b.ms - a.ms);
  if (!first) return "";
  const more = rest.map((part) => `, ${took(part.ms)} ${part.words}`).join("");
  return `${partOf(first.ms, sums.whole)} ${first.verb} ${first.words}${more}.`;
}
