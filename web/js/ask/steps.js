// What the drawing of a hand-off shows: who called whom, as a tree. No page in here.

import { offset, span } from "../base/words.js";
import { pictureOf, titleOf } from "./names.js";
import { rootOf, startOf, total } from "./run.js";

/** Tasks drawn, at most, and of one parent; the waterfall shows all of them. */
const MOST = 40;
const MOST_OF_ONE = 10;
/** A deeper tree is drawn downwards, as it would be too wide. */
const WIDEST = 5;

const WORDS = {
  waiting: "waiting",
  working: "working",
  retrying: "trying again",
  handed: "handed on",
  asking: "asks you",
  done: "done",
  failed: "failed",
  canceled: "stopped",
};

/**
 * The tree from the person down. Each step has `key`, `name`, `picture`, `state`, `edge` (the line
 * that leads to it: `moving` or `passed`), words, and its `children`.
 */
export function steps(run, now) {
  const room = { left: MOST };
  const you = { key: "you", name: "You", picture: "you", state: "sent", edge: "passed", word: "asked", time: "", more: "" };
  return { ...you, task: null, children: [taskStep(run, rootOf(run), now, room)] };
}

function taskStep(run, task, now, room) {
  room.left -= 1;
  const state = run.end !== null && task.endedAt === null ? afterEnd(run) : task.state;
  return {
    key: task.id,
    task: task.id,
    name: titleOf(task.target),
    picture: pictureOf(task.target),
    state,
    edge: state === "waiting" || state === "working" ? "moving" : "passed",
    word: task.attempt > 1 ? `${WORDS[state]}, try ${task.attempt}` : WORDS[state],
    time: task.workingAt === null ? "" : span((task.endedAt ?? (run.end === null ? now : task.workingAt)) - task.workingAt),
    begun: task.sentAt === null || startOf(run) === null || task.id === run.id ? "" : offset(task.sentAt - startOf(run)),
    more: state === "failed" ? String(task.detail ?? "").slice(0, 200) : "",
    children: below(run, task, now, room),
  };
}

/** How a task is shown that had no end of its own when the request ended. */
const afterEnd = (run) => (run.end === "completed" ? "done" : run.end === "canceled" ? "canceled" : "failed");

function below(run, task, now, room) {
  const most = Math.min(MOST_OF_ONE, room.left);
  const children = task.children.length > most ? foremost(task.children, most) : task.children;
  const drawn = [...engines(task), ...children.map((child) => taskStep(run, child, now, room))];
  const left = task.children.filter((child) => !children.includes(child));
  return left.length === 0 ? drawn : [...drawn, rest(task, left)];
}

/** Those that people want to see first, in the order in which they began. */
function foremost(children, most) {
  const order = ["failed", "asking", "retrying", "working", "handed"];
  const rank = (task) => (order.includes(task.state) ? order.indexOf(task.state) : order.length);
  const chosen = new Set([...children].sort((a, b) => rank(a) - rank(b)).slice(0, Math.max(0, most)));
  return children.filter((child) => chosen.has(child));
}

function rest(task, left) {
  const counts = new Map();
  for (const { state } of left) counts.set(state, (counts.get(state) ?? 0) + 1);
  const words = [...counts].map(([state, count]) => `${whole(count)} ${WORDS[state]}`).join(", ");
  return {
    key: `${task.id} more`,
    task: task.id,
    name: `${whole(left.length)} more`,
    picture: "more",
    state: "idle",
    edge: "passed",
    word: words,
    time: "",
    more: "",
    children: [],
  };
}

/** The calls of engines that a task made, those of one model together. */
function engines(task) {
  const groups = new Map();
  for (const call of task.calls) {
    const name = call.model || call.engine || "engine";
    groups.set(name, [...(groups.get(name) ?? []), call]);
  }
  return [...groups].map(([name, calls]) => engineStep(task, name, calls));
}

function engineStep(task, name, calls) {
  const all = total(calls);
  const isBad = calls.at(-1).outcome === "failed" || calls.at(-1).status >= 400;
  return {
    key: `${task.id} ${name}`,
    task: null,
    name,
    picture: "engine",
    state: isBad ? "failed" : "done",
    edge: "passed",
    word: calls.length === 1 ? (isBad ? "did not answer" : "answered") : `${calls.length} calls`,
    time: span(all.ms),
    more: all.in + all.out === 0 ? "" : tokens(all),
    children: [],
  };
}

const whole = (number) => number.toLocaleString("en-GB");
/** `412 → 120 tokens`: read and written. */
export const tokens = (all) => `${whole(all.in)} → ${whole(all.out)} tokens`;

const depthOf = (step) => 1 + Math.max(0, ...step.children.map(depthOf));
/** Whether the tree is too deep to be drawn from left to right. */
export const isDeep = (root) => depthOf(root) > WIDEST;
