// One row of the list of tasks.

import { now } from "../base/clock.js";
import { h } from "../base/dom.js";
import { stateChip } from "../base/parts.js";
import { exact } from "../base/time.js";
import { ago } from "../base/words.js";
import { href } from "../shell/router.js";
import { short } from "./filters.js";
import { took } from "./lengths.js";
import { titleOf, who } from "./who.js";

/** `onSession(id)` narrows the list to a session; `isNew(id)` marks what has just come. */
export function taskRow(task, { onSession, isNew }) {
  const state = h("span", { class: "task-state" });
  const name = h("a", { class: "task-name", href: href("tasks", task.task_id), dir: "auto" }, titleOf(task));
  const agent = h("span", { class: "task-agent", dir: "auto", title: task.target }, who(task.target));
  const when = h("time", { class: "task-when" });
  const long = h("span", { class: "task-long" });
  const tries = h("span", { class: "task-tries" });
  const session = h("button", { type: "button", class: "task-session", title: `Session ${task.session_id}`, onclick: () => onSession(task.session_id) },
    h("span", { class: "unseen" }, "Only session "), short(task.session_id ?? ""));
  const element = h("li", { class: "task-row" },
    state, h("span", { class: "task-what" }, task.parent ? h("span", { class: "task-child", title: "Handed on by another task" }, "↳", h("span", { class: "unseen" }, "Handed on: ")) : null, name),
    agent, tries, long, when, task.session_id ? session : null);

  return {
    element,
    set(found) {
      const created = found.created * 1000;
      const end = found.state === "done" || found.state === "error" ? found.updated * 1000 : now();
      const sign = `${found.state_name ?? found.state} ${found.detail ?? ""}`;
      if (state.dataset.sign !== sign) {
        state.dataset.sign = sign;
        state.replaceChildren(stateChip(found));
      }
      element.toggleAttribute("data-new", isNew(found.task_id));
      write(long, took(end - created));
      write(tries, found.attempt > 1 ? `${found.attempt} tries` : "");
      write(when, ago(created, now()));
      if (!when.title) {
        when.title = exact(created);
        when.dateTime = new Date(created).toISOString();
      }
    },
  };
}

function write(element, text) {
  if (element.textContent !== text) element.textContent = text;
}
