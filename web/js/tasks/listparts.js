// What the list of tasks is drawn with, but for its rows: counts, buttons, what is said when it is empty.

import { h, say } from "../base/dom.js";
import { button, doer, empty, trouble } from "../base/parts.js";
import { dayTime } from "../base/words.js";
import { announce } from "../shell/announce.js";
import { href } from "../shell/router.js";
import { isNarrowed } from "./filters.js";
import { timeOf } from "./pages.js";

/** `readOn` and `stop` go on and end looking; `clear` takes all filters away. */
export function listParts({ readOn, stop, clear }) {
  const list = h("ol", { class: "rows tasks-rows", "aria-label": "Tasks" });
  const columns = h("p", { class: "tasks-columns", "aria-hidden": "true", hidden: true },
    ...["State", "Task", "Agent", "Tries", "Took", "When", "Session"].map((name) => h("span", {}, name)));
  const told = h("p", { class: "help" }, "Reading…");
  let isAsked = false;
  const [none, problem, waiting] = [h("div", {}), h("div", {}), h("div", {})];
  const foot = listFoot(list, readOn, stop);

  /** What somebody asked for is said aloud; what comes by itself is not. */
  function tell(text) {
    say(told, text);
    if (isAsked) announce(text);
    isAsked = false;
  }

  return {
    list,
    element: h("div", { class: "tasks-list" },
      h("div", { class: "tasks-told" }, told, waiting), problem, columns, list, none, foot.element),
    show({ rows, next, looking, sparse }, wanted) {
      columns.hidden = rows.length === 0;
      if (!looking) tell(rows.length === 0 && next === null ? "No tasks" : counted(rows.length, next, sparse));
      foot.show(next ?? null, looking, sparse);
      none.replaceChildren(...(rows.length === 0 && !looking && next === null ? [nothingHere(wanted, clear)] : []));
    },
    well: () => problem.replaceChildren(),
    reset() {
      isAsked = true;
      say(told, "Reading…");
      waiting.replaceChildren();
    },
    /** A lost connection is told by the banner, where there is something to see here. */
    fail(error, again) {
      if (error.status === 0 && list.childElementCount > 0) return;
      problem.replaceChildren(trouble(error, again));
    },
    /** So many new tasks wait to be shown. */
    hold(count, onShow) {
      const text = `Show ${count} new ${count === 1 ? "task" : "tasks"}`;
      waiting.replaceChildren(...(count === 0 ? [] : [button(text, onShow)]));
    },
  };
}

function listFoot(list, readOn, stop) {
  const more = doer("Show more", "Reading…", readOn, { hidden: true });
  const further = doer("Look further back", "Looking…", readOn, { hidden: true });
  const halt = button("Stop looking", stop, { hidden: true });
  const far = h("p", { class: "help", hidden: true });
  const all = [halt, further, more];

  function show(next, looking, sparse) {
    const held = all.includes(document.activeElement);
    more.hidden = next === null || sparse;
    further.hidden = next === null || looking || !sparse;
    halt.hidden = !looking || !sparse;
    say(far, sparse && next !== null ? farText(next, looking) : null);
    // The keyboard's focus is not left on what has gone.
    if (held && (document.activeElement === document.body || document.activeElement.hidden)) {
      (all.find((each) => !each.hidden) ?? list.lastElementChild?.querySelector("a"))?.focus();
    }
  }
  return { element: h("div", { class: "row tasks-more" }, more, further, halt, far), show };
}

function counted(count, next, sparse) {
  const number = count.toLocaleString("en-GB");
  const name = count === 1 ? "task" : "tasks";
  if (next === null) return `${number} ${name}`;
  return sparse ? `${number} ${name} found so far` : `The newest ${number} ${name}`;
}

function farText(next, looking) {
  const at = timeOf(next);
  if (at === null) return null;
  return `${looking ? "Looking further back, now at" : "Looked back to"} ${dayTime(at)}`;
}

function nothingHere(wanted, clear) {
  if (isNarrowed(wanted)) return empty("No task is like that.", "Others may be: take the filters away.", button("Clear the filters", clear));
  return empty("No task yet.", "Ask an agent for something, and watch here how it is handed on.",
    h("a", { class: "go", href: href("ask") }, "Ask"));
}
