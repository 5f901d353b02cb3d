// What has become of a request, worked out from the tree that the gateway tells. No page in here.

import { all, familyOf } from "../base/handoff.js";
import { asks, isOver, wordOf } from "../base/state.js";
import { effortOf, span, tookOf, triesOf } from "../base/took.js";
import { capital, listed, who, whole } from "../base/words.js";

/** Tasks drawn, at most, and of one parent; the waterfall shows all of them. */
const MOST = 40;
const MOST_OF_ONE = 10;

/** How a task may stand, that first which people want to see first. */
const RANKS = ["failed", "rejected", "input-required", "auth-required", "retrying", "working", "handed", "submitted", "canceled", "completed"];
const WORDS = { retrying: "trying again", handed: "handed on" };

/** The task `id` of a tree: it and all below it with how each `stands`. */
export function rootOf(tree, id) {
  const tasks = familyOf(tree);
  for (const task of tasks.values()) task.stands = standsOf(task);
  return tasks.get(id);
}

function standsOf({ state_name: state, children, attempts }) {
  if (state === "working" && !children.every(isOver)) return "handed";
  return state === "submitted" && attempts.at(-1)?.outcome === "retry" ? "retrying" : state;
}

/** The task that waits for the person, if one does. */
export const askingIn = (root) => (isOver(root) ? null : all(root).find(asks) ?? null);

/** The tree as it is drawn, from the person down: steps with a `key`, words, and their `children`. */
export function steps(root, now) {
  let left = MOST;

  const step = (task) => {
    left -= 1;
    const tries = triesOf(task) > 1 ? `, try ${triesOf(task)}` : "";
    const time = task.attempts.length > 0 ? ` · ${span(tookOf(task, now))}` : "";
    return {
      key: task.task_id,
      task: task.task_id,
      name: capital(who(task.target)),
      picture: task.target?.startsWith("temporal://") ? "workflow" : task.target,
      look: task.stands,
      word: `${WORDS[task.stands] ?? wordOf(task.stands)}${tries}${time}`,
      more: task.stands === "failed" ? String(task.detail ?? "").slice(0, 200) : "",
      children: [...engines(task), ...below(task)],
    };
  };

  const below = ({ task_id: id, children }) => {
    const urgent = [...children].sort((a, b) => RANKS.indexOf(a.stands) - RANKS.indexOf(b.stands));
    const shown = new Set(urgent.slice(0, Math.max(0, Math.min(MOST_OF_ONE, left))));
    const drawn = children.filter((child) => shown.has(child)).map(step);
    if (drawn.length === children.length) return drawn;
    return [...drawn, plain(`${id} more`, `${whole(children.length - drawn.length)} more`, "in the waterfall", { task: id })];
  };

  return plain("you", "You", "asked", { picture: "you", look: "handed", children: [step(root)] });
}

const plain = (key, name, word, more) => ({ key, name, word, picture: "", look: "", more: "", children: [], ...more });

/** The calls of engines that a task made, those of one model together. */
function engines({ task_id: id, calls: made }) {
  return [...new Set(made.map((call) => call.model))].map((model) => {
    const calls = made.filter((call) => call.model === model);
    const isBad = calls.at(-1).outcome === "failed" || calls.at(-1).status >= 400;
    const word = calls.length > 1 ? `${calls.length} calls` : isBad ? "did not answer" : "answered";
    return plain(`${id} ${model}`, model || "Engine", `${word} · ${span(sum(calls, "duration_ms"))}`,
      { picture: "engine", look: isBad ? "failed" : "completed", more: tokens(calls) });
  });
}

const sum = (calls, name) => calls.reduce((sum, call) => sum + (call[name] ?? 0), 0);
/** Read and written. */
const tokens = (calls) => `${whole(sum(calls, "tokens_in"))} → ${whole(sum(calls, "tokens_out"))} tokens`;

/** What it took until now: `3.1 s · 4 engine calls · 2,592 → 522 tokens`. */
export function effort(root, now) {
  const calls = all(root).flatMap((task) => task.calls);
  const long = span(tookOf(root, now));
  if (calls.length === 0) return long;
  return `${long} · ${whole(calls.length)} engine ${calls.length === 1 ? "call" : "calls"} · ${tokens(calls)}`;
}

/** Where the request stands, for people who read it and people who hear it. */
export function standing(root) {
  const time = effortOf(root, root.updated_ms);
  switch (root.state_name) {
    case "completed": {
      const failed = named(root, "failed");
      return `Done in ${time}${failed.length === 0 ? "" : `, though ${listed(failed)} failed`}.`;
    }
    case "canceled":
      return `Canceled after ${time}.`;
    case "rejected":
      return `${capital(who(root.target))} turned it down.`;
    case "failed":
      return `Failed after ${triesOf(root) > 1 ? `${triesOf(root)} tries, ` : ""}${time}.`;
    default:
      return going(root);
  }
}

function going(root) {
  const asking = askingIn(root);
  const [working, retrying, waiting] = ["working", "retrying", "submitted"].map((stands) => named(root, stands));
  if (asking !== null) return `${capital(who(asking.target))} asks you something.`;
  if (working.length > 0) return `${capital(listed(working))} ${working.length > 1 ? "are" : "is"} working.`;
  if (retrying.length > 0) return `${capital(listed(retrying))} did not succeed. It will be tried again.`;
  return waiting.length > 0 ? `Waiting for ${listed(waiting)} to take it.` : "The answer is on its way.";
}

const named = (root, stands) => [...new Set(all(root).filter((task) => task.stands === stands).map((task) => who(task.target)))];
