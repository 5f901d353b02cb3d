// What has become of a request, worked out from the tree that the gateway tells. No page in here.

import { isEnd } from "../base/kinds.js";
import { capital, span, who } from "../base/words.js";

/** Tasks drawn, at most, and of one parent; the waterfall shows all of them. */
const MOST = 40;
const MOST_OF_ONE = 10;

/** How a task stands, those first that people want to see first. */
const WORDS = {
  failed: "failed",
  rejected: "turned it down",
  "input-required": "asks you",
  "auth-required": "asks you",
  retrying: "trying again",
  working: "working",
  handed: "handed on",
  submitted: "waiting",
  canceled: "stopped",
  completed: "done",
};
const RANKS = Object.keys(WORDS);

/** The task `id` of a tree: it and all below it have their `children`, their `calls` of engines, and how they `stand`. */
export function rootOf(tree, id) {
  const tasks = new Map(tree.tasks.map((task) => [task.task_id, { ...task, children: [], calls: [] }]));
  for (const task of tasks.values()) tasks.get(task.parent)?.children.push(task);
  for (const call of tree.calls) tasks.get(call.task_id)?.calls.push(call);
  for (const task of tasks.values()) task.stands = standsOf(task);
  return tasks.get(id);
}

function standsOf({ state_name: state, children, attempts }) {
  if (state === "working" && children.some((child) => !isEnd(child.state_name))) return "handed";
  return state === "submitted" && attempts.at(-1)?.outcome === "retry" ? "retrying" : state;
}

/** A task and all below it. */
export const all = (task) => [task, ...task.children.flatMap(all)];

/** The task that waits for the person, if one does. */
export const askingIn = (root) => (isEnd(root.state_name) ? null : all(root).find(({ stands }) => WORDS[stands] === "asks you") ?? null);

/** How long it took, or takes until `now`. */
export const took = (task, now) => span((isEnd(task.state_name) ? task.updated_ms : now) - (task.attempts[0]?.started ?? task.created_ms));

/** The tree as it is drawn, from the person down: steps with a `key`, words, and their `children`. */
export const steps = (root, now) => ({
  key: "you", name: "You", picture: "you", look: "handed", word: "asked", more: "", children: [taskStep(root, now, { left: MOST })],
});

function taskStep(task, now, room) {
  room.left -= 1;
  const word = WORDS[task.stands] ?? task.stands;
  return {
    key: task.task_id,
    task: task.task_id,
    name: capital(who(task.target)),
    picture: task.target?.startsWith("temporal://") ? "workflow" : task.target,
    look: task.stands,
    word: `${word}${task.attempt > 1 ? `, try ${task.attempt}` : ""}${task.attempts.length > 0 ? ` · ${took(task, now)}` : ""}`,
    more: task.stands === "failed" ? String(task.detail ?? "").slice(0, 200) : "",
    children: [...engines(task), ...below(task, now, room)],
  };
}

function below(task, now, room) {
  const urgent = [...task.children].sort((a, b) => RANKS.indexOf(a.stands) - RANKS.indexOf(b.stands));
  const shown = new Set(urgent.slice(0, Math.max(0, Math.min(MOST_OF_ONE, room.left))));
  const drawn = task.children.filter((child) => shown.has(child)).map((child) => taskStep(child, now, room));
  const left = task.children.length - drawn.length;
  if (left === 0) return drawn;
  return [...drawn, { key: `${task.task_id} more`, task: task.task_id, name: `${whole(left)} more`, picture: "more", look: "", word: "in the waterfall", more: "", children: [] }];
}

const modelOf = (call) => call.model || call.engine;

/** The calls of engines that a task made, those of one model together. */
function engines(task) {
  const models = [...new Set(task.calls.map(modelOf))];
  return models.map((name) => {
    const calls = task.calls.filter((call) => modelOf(call) === name);
    const isBad = calls.at(-1).outcome === "failed" || calls.at(-1).status >= 400;
    const sum = total(calls);
    const word = calls.length > 1 ? `${calls.length} calls` : isBad ? "did not answer" : "answered";
    return {
      key: `${task.task_id} ${name}`,
      name,
      picture: "engine",
      look: isBad ? "failed" : "completed",
      word: `${word} · ${span(sum.ms)}`,
      more: sum.in + sum.out === 0 ? "" : `${whole(sum.in)} → ${whole(sum.out)} tokens`,
      children: [],
    };
  });
}

/** Where the request stands, for people who read it and people who hear it. */
export function standing(root) {
  const time = took(root, root.updated_ms);
  switch (root.state_name) {
    case "completed":
      return `Done in ${time}${failures(root)}.`;
    case "canceled":
      return `Stopped after ${time}.`;
    case "rejected":
      return `${capital(who(root.target))} turned it down.`;
    case "failed":
      return `Failed after ${root.attempt > 1 ? `${root.attempt} tries in ` : ""}${time}.`;
    default:
      return going(root);
  }
}

const named = (tasks, ...stands) => [...new Set(tasks.filter((task) => stands.includes(task.stands)).map((task) => who(task.target)))];

/** The end may be good though somebody on the way there failed. */
function failures(root) {
  const failed = named(all(root), "failed", "rejected");
  return failed.length === 0 ? "" : `, though ${listed(failed)} failed`;
}

function going(root) {
  const tasks = all(root);
  const asking = askingIn(root);
  if (asking !== null) return `${capital(who(asking.target))} asks you something.`;
  const [working, retrying, waiting] = ["working", "retrying", "submitted"].map((stands) => named(tasks, stands));
  const { attempt } = tasks.find((task) => task.stands === "working") ?? {};
  if (working.length > 1) return `${capital(listed(working))} are working.`;
  if (working.length === 1) return `${capital(working[0])} is working${attempt > 1 ? `, try ${attempt}` : ""}.`;
  if (retrying.length > 0) return `${capital(listed(retrying))} did not succeed. It will be tried again.`;
  return waiting.length > 0 ? `Waiting for ${listed(waiting)} to take it.` : "The answer is on its way.";
}

/** `a`, `a and b`, `a, b and 3 more`. */
function listed(names) {
  if (names.length === 1) return names[0];
  const last = names.length <= 3 ? names.at(-1) : `${names.length - 2} more`;
  return `${names.slice(0, names.length <= 3 ? -1 : 2).join(", ")} and ${last}`;
}

/** What it took, once it is known: `3 engine calls took 2.0 s: 1,024 tokens read and 310 written.` */
export function effort(root) {
  const calls = all(root).flatMap((task) => task.calls);
  const sum = total(calls);
  if (calls.length === 0) return "";
  return `${whole(calls.length)} engine ${calls.length === 1 ? "call" : "calls"} took ${span(sum.ms)}: ${whole(sum.in)} tokens read and ${whole(sum.out)} written.`;
}

function total(calls) {
  const sum = (name) => calls.reduce((sum, call) => sum + (call[name] ?? 0), 0);
  return { in: sum("tokens_in"), out: sum("tokens_out"), ms: sum("duration_ms") };
}

const whole = (number) => number.toLocaleString("en-GB");
