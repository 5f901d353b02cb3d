// One row of the list of tasks.

import { moment, now } from "../base/time.js";
import { h, say } from "../base/dom.js";
import { chip } from "../base/parts.js";
import { isOver, wordOf } from "../base/state.js";
import { span } from "../base/took.js";
import { ago, who } from "../base/words.js";
import { href } from "../shell/router.js";
import { titleOf } from "./words.js";

/** `isNew` marks what has just come. */
export function taskRow(task, isNew) {
  const created = task.created * 1000;
  const [state, long] = [h("span", {}), h("span", {})];
  const when = moment(created);
  const child = h("span", { title: "Handed on by another task" }, "↳ ", h("span", { class: "unseen" }, "Handed on: "));
  const element = h("li", { class: "task-row", "data-new": isNew },
    state,
    h("a", { class: "one-line", href: href("tasks", task.task_id), dir: "auto" }, task.parent ? child : null, titleOf(task)),
    h("span", { class: "one-line", dir: "auto", title: task.target }, who(task.target)),
    long, when);

  function set(found) {
    if (state.textContent !== wordOf(found.state_name)) state.replaceChildren(chip(found.state_name));
    say(long, `${found.attempt > 1 ? `try ${found.attempt}, ` : ""}${span((isOver(found) ? found.updated * 1000 : now()) - created)}`);
    say(when, ago(created, now()));
  }
  return { element, set };
}
