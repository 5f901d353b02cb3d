// One task: how it stands, the waterfall of the whole hand-off, and all that is known of it.

import * as api from "../base/api.js";
import { moment, now } from "../base/time.js";
import { h } from "../base/dom.js";
import { every, tells } from "../base/every.js";
import { familyOf } from "../base/handoff.js";
import { button, card, chip, empty, head } from "../base/parts.js";
import { isOver, toneOf } from "../base/state.js";
import { who } from "../base/words.js";
import { announce, title } from "../shell/desk.js";
import { go, href } from "../shell/router.js";
import { actions } from "./actions.js";
import { details } from "./details.js";
import { onlySession } from "./filters.js";
import { historyCard } from "./history.js";
import { papers } from "./papers.js";
import { rowsOf } from "./rows.js";
import { verdict } from "./verdict.js";
import { waterfall } from "./waterfall.js";
import { titleOf } from "./words.js";

/** How often a task that goes on is read, and its bars grow. */
const AGAIN_MS = 1000;

export async function one(place, id, signal) {
  const top = head("Task");
  const wait = h("p", { class: "help reading" }, "Reading…");
  place.append(top, wait);
  const tree = await api.tree(id, signal).catch((error) => {
    if (error.status === 404) return null;
    throw error;
  });
  wait.remove();
  if (tree?.tasks.some((task) => task.task_id === id)) page({ place, top, id, tree }, signal);
  else place.append(tree === null ? notHere() : tooDeep(tree.root));
}

const notHere = () => empty("This task is not here.", "It may have been removed, or it belongs to someone else.",
  h("a", { href: href("tasks") }, "See your tasks"));

const tooDeep = (root) => empty("This task is too far down.", "It belongs to a hand-off of more than 500 tasks, of which only the first can be shown.",
  h("a", { href: href("tasks", root) }, "See the hand-off"));

function page({ place, top, id, tree }, signal) {
  const mine = () => tree.tasks.find((task) => task.task_id === id);
  const stop = new AbortController();
  const live = AbortSignal.any([signal, stop.signal]);
  const heading = headingOf(top);
  const standing = h("p", { class: "card verdict", dir: "auto" });
  const about = h("aside", { class: "wf-details", "aria-label": "The chosen row" });
  const fall = waterfall({ mine: `task:${id}`, onChoose: tell }, signal);
  const did = actions(mine(), { root: tree.root, onCanceled: () => again(), onFocusLost: () => top.querySelector("h1").focus({ preventScroll: true }) }, signal);
  const cut = h("p", { class: "notice", hidden: true }, "This hand-off is too large to be shown whole: the first part of it is.");
  const below = papers(mine(), signal);
  const problem = h("div", {});
  let told = null;

  function tell(row = fall.chosen()) {
    if (row === null) return;
    told = row;
    about.replaceChildren(...details(row, { mine: id, now: now(), zoomTo: fall.zoomTo }));
  }

  function draw() {
    const [task, at] = [mine(), now()];
    const found = verdict(tree, id, at);
    heading(task, tree);
    did.update(task, familyOf(tree));
    standing.textContent = found.text;
    standing.dataset.tone = toneOf(task.state_name);
    fall.set(rowsOf(tree), at);
    cut.hidden = !tree.cut;
    below.update(task);
    // Who is in the details of a row, or reads those of one that has ended, keeps their place.
    if (told?.end === null && !about.contains(document.activeElement)) tell();
    return found;
  }

  async function refresh() {
    const wasOver = isOver(mine());
    tree = await api.tree(id, live);
    problem.replaceChildren();
    const { text } = draw();
    if (isOver(mine()) && !wasOver) announce(text);
    if (tree.tasks.every(isOver)) stop.abort();
  }

  place.append(did.element, problem, standing, card("Waterfall", cut, h("div", { class: "wf-whole" }, fall.element, about)),
    below.element, historyCard(mine(), () => isOver(mine()), signal));
  fall.choose(draw().cause ?? `task:${id}`);
  tell();
  if (tree.tasks.every(isOver)) return;
  const again = every(AGAIN_MS, refresh, live, tells(problem));
}

/** Gives a function that says in the head of the view what the task is. */
function headingOf(top) {
  const h1 = top.querySelector("h1");
  const line = h("div", { class: "task-line" });
  h1.after(line);
  h1.dir = "auto";
  h1.classList.add("task-title");
  return (task, { tasks }) => {
    if (line.dataset.state === task.state_name) return;
    line.dataset.state = task.state_name;
    h1.textContent = titleOf(task);
    title(`Task: ${task.state_name}`);
    const parent = tasks.find((each) => each.task_id === task.parent);
    line.replaceChildren(chip(task.state_name), h("span", { class: "foreign", dir: "auto" }, `for ${who(task.target)}`),
      parent ? h("a", { class: "foreign", href: href("tasks", parent.task_id) }, `handed on by ${who(parent.target)}`) : "",
      moment(task.created_ms, "day"),
      button("Tasks of the same session", () => {
        onlySession(task.session_id);
        go("tasks");
      }, { look: "as-link" }));
  };
}
