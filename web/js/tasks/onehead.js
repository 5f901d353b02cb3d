// The head of a task's page: what was asked, whom, when, and the way down to it.

import { h } from "../base/dom.js";
import { button, stateChip } from "../base/parts.js";
import { moment } from "../base/time.js";
import { title } from "../shell/desk.js";
import { go, href } from "../shell/router.js";
import { kin, path } from "./family.js";
import { short } from "./filters.js";
import { beginWith } from "./left.js";
import { titleOf, who } from "./who.js";

/** Fills the view's head; gives a function that keeps it up to date. */
export function topOf(top) {
  const h1 = top.querySelector("h1");
  const line = h("div", { class: "task-line" });
  h1.after(line);
  h1.dir = "auto";
  h1.classList.add("task-title");
  let shown = "";

  return (task, tree) => {
    const state = `${task.state_name} ${task.detail ?? ""}`;
    if (shown === state) return;
    shown = state;
    h1.textContent = titleOf(task);
    title(`Task: ${task.state_name}`);
    line.replaceChildren(stateChip(task), way(task, kin(tree)), moment(task.created_ms, "day"), bySession(task) ?? "");
  };
}

/** Leads to all tasks of the same session. */
function bySession({ session_id: session }) {
  if (!session) return null;
  const open = () => {
    beginWith({ session });
    go("tasks");
  };
  return button(`Session ${short(session)}`, open, { look: "task-session", title: `All tasks of the session ${session}` });
}

function way(task, family) {
  const names = path(task.task_id, family);
  if (names.length < 2) return h("span", { class: "foreign", dir: "auto" }, who(task.target));
  return h("nav", { class: "way", "aria-label": "Handed on from" }, h("ol", {}, ...names.map((each) =>
    h("li", {}, each === task
      ? h("span", { "aria-current": "page", dir: "auto" }, who(each.target))
      : h("a", { href: href("tasks", each.task_id), dir: "auto" }, who(each.target))))));
}
