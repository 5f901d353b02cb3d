// What the drawing of a hand-off shows: who called whom, as a tree. No page in here.

import { capital, offset, span } from "../base/words.js";
import { nameOf, pictureOf } from "./names.js";
import { rootOf, startOf, total } from "./run.js";

/** Tasks drawn, at most; the waterfall shows all of them. */
const MOST = 60;
/** A deeper tree is drawn downwards, as it would be too wide. */
const WIDEST = 4;

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
    name: capital(nameOf(task.target)),
    picture: pictureOf(task.target),
    state,
    edge: state === "waiting" || state === "working" ? "moving" : "passed",
    word: task.attempt > 1 ? `${WORDS[state]}, try ${task.attempt}` : WORDS[state],
    time: task.workingAt === null ? "" : span((task.endedAt ?? (run.end === null ? now : task.workingAt)) - task.workingAt),
    begun: task.sentAt === null || startOf(run) === null || task.id === run.id ? "" : offset(task.sentAt - startOf(run)),
    more: "",
    children: below(run, task, now, room),
  };
}

/** How a task is shown that had no end of its own when the request ended. */
const afterEnd = (run) => (run.end === "completed" ? "done" : run.end === "canceled" ? "canceled" : "failed");

function below(run, task, now, room) {
  const drawn = engines(task);
  let over = 0;
  for (const child of task.children) {
    if (room.left > 0) drawn.push(taskStep(run, child, now, room));
    else over += 1;
  }
  if (over > 0) drawn.push(rest(task, over));
  return drawn;
}

function rest(task, count) {
  const name = `${count.toLocaleString("en-GB")} more`;
  return { key: `${task.id} more`, task: task.id, name, picture: "more", state: "idle", edge: "passed", word: "in the waterfall", time: "", more: "", children: [] };
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
