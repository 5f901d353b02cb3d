// Draws who called whom in a hand-off.

import { h, redraw } from "../base/dom.js";
import { all } from "../base/handoff.js";
import { asks, isOver, toneOf, wordOf } from "../base/state.js";
import { span, tookOf, triesOf } from "../base/took.js";
import { capital, cut, who, whole } from "../base/words.js";
import { href } from "../shell/router.js";

/** Steps drawn, at most, and of one task; the waterfall shows all of them. */
const MOST = 40;
const MOST_OF_ONE = 10;
/** Of many, what people want to see first has the least. */
const urgency = ({ state_name: state }) => ["bad", "going", "calm", "good"].indexOf(toneOf(state));

/** The task that waits for the person, if one does. */
export const askingIn = (root) => (isOver(root) ? null : all(root).find(asks) ?? null);

/** What is drawn, from the person down: steps with a name, a `tone`, what else there is to say, and `children`. */
export function steps(root, now) {
  let left = MOST;

  function step(task) {
    left -= 1;
    const { task_id: id, children } = task;
    const urgent = children.toSorted((a, b) => urgency(a) - urgency(b));
    const shown = new Set(urgent.slice(0, Math.max(0, Math.min(MOST_OF_ONE, left))));
    const below = children.filter((child) => shown.has(child)).map(step);
    const more = children.length - below.length;
    const rest = { task: id, name: `${whole(more)} more`, says: "in the waterfall", tone: "calm", children: [] };
    const steps = [...engines(task), ...below, ...(more > 0 ? [rest] : [])];
    return { task: id, name: capital(who(task.target)), ...standing(task, now), children: steps };
  }

  return { name: "You", says: "asked", tone: "handed", children: [step(root)] };
}

function standing(task, now) {
  const { state_name: state, children, attempts, detail } = task;
  const isHanded = state === "working" && !children.every(isOver);
  const isRetry = state === "submitted" && attempts.at(-1)?.outcome === "retry";
  const tries = triesOf(task) > 1 && `try ${triesOf(task)}`;
  const time = attempts.length > 0 && span(tookOf(task, now));
  const word = isHanded ? "handed on" : isRetry ? "trying again" : wordOf(state);
  return {
    tone: isHanded ? "handed" : state === "working" ? "working" : toneOf(state),
    says: [word, tries, time, toneOf(state) === "bad" && cut(detail ?? "", 200)].filter(Boolean).join(" · "),
  };
}

/** The calls of engines that a task made, those of one model together. */
function engines({ calls: made }) {
  return [...new Set(made.map((call) => call.model))].slice(0, MOST_OF_ONE).map((model) => {
    const calls = made.filter((call) => call.model === model);
    const sum = (name) => calls.reduce((sum, call) => sum + (call[name] ?? 0), 0);
    const isBad = calls.at(-1).outcome === "failed" || calls.at(-1).status >= 400;
    const word = calls.length > 1 ? `${calls.length} calls` : isBad ? "did not answer" : "answered";
    const tokens = `${whole(sum("tokens_in"))} → ${whole(sum("tokens_out"))} tokens`;
    return {
      isEngine: true, name: cut(model || "Engine", 100), tone: isBad ? "bad" : "good", children: [],
      says: `${word} · ${span(sum("duration_ms"))} · ${tokens}`,
    };
  });
}

/** Gives back the element and `draw(step)`, which shows a tree of steps. */
export function drawing() {
  const list = h("ul", {});
  const element = h("div", { class: "tree", tabindex: "0", role: "group", "aria-label": "Who called whom" }, list);

  function draw(step) {
    const focused = list.contains(document.activeElement) ? document.activeElement.getAttribute("href") : null;
    redraw(list, item(step));
    // A step that came in between moves the others on.
    if (focused !== null) list.querySelector(`[href="${focused}"]`)?.focus({ preventScroll: true });
  }
  return { element, draw };
}

const item = ({ name, task, tone, isEngine, says, children }) => h("li", {},
  h("div", { class: "step" },
    h("span", { class: "circle", "data-tone": tone, "data-engine": isEngine, "aria-hidden": "true" }, [...name][0]),
    h("div", { class: "step-text" },
      h(task ? "a" : "b", { class: "name", dir: "auto", href: task && href("tasks", task) }, name),
      h("p", { class: "help", dir: "auto" }, says))),
  children.length > 0 && h("ul", {}, ...children.map(item)));
