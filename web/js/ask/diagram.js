// Draws the hand-off: you, each agent in turn, the engine.

import { h } from "../base/dom.js";
import { icon } from "./icons.js";
import { chain, startOf } from "./run.js";
import { agentName, capital, offset, span } from "../base/words.js";

const WORDS = {
  idle: "not yet",
  sent: "asked",
  waiting: "waiting",
  working: "working",
  retrying: "trying again",
  handed: "handed on",
  done: "done",
  failed: "failed",
  canceled: "canceled",
};

/** `expected` are the targets a request goes through when nothing is known of it yet. */
export function diagram(list) {
  let drawn = "";
  let parts = [];

  return function draw(run, expected, engine, now) {
    const steps = stepsOf(run, expected, engine, now);
    const shape = steps.map((step) => `${step.picture} ${step.name}`).join("\n");
    if (shape !== drawn) {
      drawn = shape;
      parts = steps.map(build);
      list.replaceChildren(...parts.map((part) => part.item));
    }
    steps.forEach((step, index) => update(parts[index], step));
  };
}

function build(step, index) {
  const parts = {
    item: h("li", { class: "step" }),
    name: h("span", { class: "step-name", title: step.name }, step.name),
    word: h("span", { class: "step-word" }),
    time: h("span", { class: "step-time" }),
    edgeTime: h("span", { class: "edge-time" }),
  };
  const circle = h("span", { class: "circle" });
  circle.append(icon(step.picture));
  if (index > 0) parts.item.append(h("span", { class: "edge" }, parts.edgeTime));
  parts.item.append(circle, h("span", { class: "step-text" }, parts.name, parts.word, parts.time));
  return parts;
}

function update(parts, step) {
  set(parts.item, "data-state", step.state);
  set(parts.item, "data-edge", step.edge);
  if (step.state === "working") set(parts.item, "aria-current", "step");
  else parts.item.removeAttribute("aria-current");
  write(parts.word, step.word ?? WORDS[step.state]);
  write(parts.time, step.time ?? "");
  write(parts.edgeTime, step.edgeTime ?? "");
}

function set(element, name, value) {
  if (element.getAttribute(name) !== value) element.setAttribute(name, value);
}

function write(element, text) {
  if (element.textContent !== text) element.textContent = text;
}

function stepsOf(run, expected, engine, now) {
  const tasks = run ? chain(run) : [];
  const known = tasks.length > 0 && tasks[0].target !== undefined;
  const agents = known ? tasks.map((task) => agentStep(run, task, now)) : [];
  // Those it may still be handed to, or would have been, are drawn as well.
  const usual = !known || tasks[0].target === expected[0];
  const ahead = usual && run?.end !== "completed" ? expected.slice(agents.length) : [];
  agents.push(...ahead.map((target) => ({ ...face(target), state: "idle", edge: "idle" })));
  const you = { name: "You", picture: "you", state: run ? "sent" : "idle", edge: "idle" };
  if (!run) you.word = "ready";
  const steps = [you, ...agents, engineStep(run, agents.at(-1), engine, ahead.length > 0)];
  if (run && run.end !== null) {
    for (const step of steps) if (step.state === "idle") step.word = "not reached";
  }
  return steps;
}

function face(target) {
  const name = agentName(target);
  return { name: capital(name), picture: target ? name : "gateway" };
}

function agentStep(run, task, now) {
  const stop = task.handedAt ?? task.endedAt ?? now;
  const over = run.end !== null && task.endedAt === null && task.state !== "handed";
  return {
    ...face(task.target),
    state: over ? afterEnd(run) : task.state,
    edge: task.state === "waiting" || task.state === "working" ? "moving" : "passed",
    time: task.workingAt === null || over ? "" : span(stop - task.workingAt),
    edgeTime: since(run, task.sentAt),
    workingAt: task.workingAt,
  };
}

/** How a task is shown that had no end of its own when the request ended. */
const afterEnd = (run) =>
  run.end === "completed" ? "done" : run.end === "canceled" ? "canceled" : "failed";

// The gateway does not say when the engine itself begins: it is asked once the last agent works.
function engineStep(run, last, engine, agentsAhead) {
  const step = { name: "Engine", picture: "engine", state: "idle", edge: "idle", time: engine };
  if (!run || agentsAhead || !last || last.workingAt === null) return step;
  const edgeTime = since(run, last.workingAt);
  switch (last.state) {
    case "working":
      return { ...step, state: "working", word: "answering", edge: "moving", edgeTime };
    case "done":
      return { ...step, state: "done", word: "answered", edge: "passed", edgeTime };
    default:
      return step;
  }
}

function since(run, at) {
  const start = startOf(run);
  return start === null || at === null || at === undefined ? "" : offset(at - start);
}
