// One task: how it stands, the waterfall of the whole hand-off, and all that is known of it.

import * as api from "../base/api.js";
import { announce, h, redraw } from "../base/dom.js";
import { every, tells } from "../base/every.js";
import { button, chip, empty, head, reading } from "../base/parts.js";
import { isOver, toneOf } from "../base/state.js";
import { moment, now } from "../base/time.js";
import { who } from "../base/words.js";
import { title } from "../shell/desk.js";
import { go, href } from "../shell/router.js";
import { actions } from "./actions.js";
import { onlySession } from "./filters.js";
import { historyCard } from "./history.js";
import { papers } from "./papers.js";
import { rowsOf } from "./rows.js";
import { titleOf } from "./sentences.js";
import { verdict } from "./verdict.js";
import { waterfall } from "./waterfall.js";

/** How often a task that goes on is read, and its bars grow. */
const AGAIN_MS = 1000;

export async function one(place, id, signal) {
  const top = head("Task");
  const wait = reading();
  place.append(top, wait);
  const tree = await api.tree(id, signal);
  wait.remove();
  if (tree.tasks.some((task) => task.task_id === id)) return page({ place, top, id, tree }, signal);
  place.append(empty("This task is further down.", TOO_LARGE, link(tree.root, "See the hand-off")));
}

const link = (task, ...words) => h("a", { class: "foreign", dir: "auto", href: href("tasks", task) }, ...words);

const TOO_LARGE = "This hand-off is too large to be shown whole: the first part of it is.";

function page({ place, top, id, tree }, signal) {
  const mine = () => tree.tasks.find((task) => task.task_id === id);
  const stop = new AbortController();
  const live = AbortSignal.any([signal, stop.signal]);
  const heading = headingOf(top);
  const standing = h("p", { class: "card verdict", dir: "auto" });
  const fall = waterfall(id, signal);
  const did = actions(mine(), { root: tree.root, top, onCanceled: () => again() }, signal);
  const cut = h("p", { class: "notice" }, TOO_LARGE);
  const below = papers(mine(), signal);
  const problem = h("div");

  function draw() {
    const [task, at] = [mine(), now()];
    const { text, cause } = verdict(tree, id, at);
    heading(task, tree);
    did.update(task, tree);
    standing.textContent = text;
    standing.dataset.tone = toneOf(task.state_name);
    fall.set(rowsOf(tree), at);
    cut.hidden = !tree.cut;
    below.update(task);
    return { text, cause };
  }

  async function refresh() {
    const [wasOver, wasAll] = [isOver(mine()), tree.tasks.every(isOver)];
    tree = await api.tree(id, live);
    problem.replaceChildren();
    const { text } = draw();
    if (isOver(mine()) && !wasOver) announce(text);
    // Calls may be written down a moment after the end: that takes one more look.
    if (wasAll) stop.abort();
  }

  place.append(did.element, problem, standing, cut, fall.element, below.element, historyCard(mine(), signal));
  fall.choose(`task:${draw().cause}`);
  const again = tree.tasks.every(isOver) ? null : every(AGAIN_MS, refresh, live, tells(problem));
}

/** Gives a function that says in the head of the view what the task is. */
function headingOf(top) {
  const h1 = top.querySelector("h1");
  const line = h("div", { class: "row help" });
  h1.after(line);
  h1.classList.add("task-title");
  return (task, { tasks }) => {
    if (line.dataset.state === task.state_name) return;
    line.dataset.state = task.state_name;
    h1.textContent = titleOf(task);
    title(`Task: ${task.state_name}`);
    const parent = tasks.find((each) => each.task_id === task.parent);
    redraw(line, chip(task.state_name),
      h("span", { class: "foreign", dir: "auto" }, `for ${who(task.target)}`),
      parent && link(parent.task_id, `handed on by ${who(parent.target)}`),
      moment(task.created_ms, "day"),
      button("Tasks of the same session", () => {
        onlySession(task.session_id);
        go("tasks");
      }));
  };
}
