// The list of one's recent requests.

import * as api from "../base/api.js";
import { now } from "../base/clock.js";
import { h } from "../base/dom.js";
import { explain } from "../base/errors.js";
import { agentName, ago, dayTime, taskState } from "../base/words.js";

const LIMIT = 10;

/** `nameOf(id)` gives the words of a request that were typed in this page, if they were. */
export function recentList(list, none, { nameOf, onOpen }) {
  let open = null;

  const mark = () => {
    for (const button of list.querySelectorAll("button")) {
      if (button.dataset.task === open) button.setAttribute("aria-current", "true");
      else button.removeAttribute("aria-current");
    }
  };

  function row(task) {
    const name = nameOf(task.task_id) ?? task.title ?? `Asked at ${dayTime(task.created * 1000)}`;
    const state = /cancel/i.test(task.detail ?? "") ? "canceled" : taskState(task.state);
    return h(
      "li",
      {},
      h(
        "button",
        { type: "button", "data-task": task.task_id, onclick: () => onOpen(task.task_id) },
        h("span", { class: "recent-name" }, name),
        h("span", { class: "recent-more" },
          h("span", { class: "chip", "data-state": state }, state),
          `${agentName(task.target)} · ${ago(task.created * 1000, now())}`),
      ),
    );
  }

  return {
    /** Keeps one request of the list up to date while it is being watched. */
    standing(id, word) {
      const chip = list.querySelector(`[data-task="${CSS.escape(id)}"] .chip`);
      if (chip === null || chip.textContent === word) return;
      chip.textContent = word;
      chip.dataset.state = word;
    },

    clear() {
      open = null;
      list.replaceChildren();
    },

    select(id) {
      open = id;
      mark();
    },

    async refresh() {
      try {
        const tasks = await api.recent(LIMIT);
        // Replacing the list must not take the focus from whoever is in it.
        const focused = list.contains(document.activeElement) ? document.activeElement.dataset.task : null;
        list.replaceChildren(...tasks.map(row));
        if (focused) list.querySelector(`[data-task="${CSS.escape(focused)}"]`)?.focus();
        none.textContent = "Your requests will be listed here.";
        none.hidden = tasks.length > 0;
        mark();
      } catch (error) {
        if (error.status === 401) return;
        none.textContent = `The list cannot be shown now. ${explain(error)}`;
        none.hidden = false;
      }
    },
  };
}
