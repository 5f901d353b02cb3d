// The tasks, newest first: narrowed, searched, and kept up to date while people look at them; or one of them.

import { tasks } from "../base/api.js";
import { announce, h, redraw } from "../base/dom.js";
import { every, tells } from "../base/every.js";
import { button, chip, empty, head } from "../base/parts.js";
import { isOver } from "../base/state.js";
import { moment, now } from "../base/time.js";
import { span } from "../base/took.js";
import { who } from "../base/words.js";
import { href, note } from "../shell/router.js";
import { filters } from "./filters.js";
import { keyed } from "./keyed.js";
import { one } from "./one.js";
import { begin, joined, PAGE } from "./pages.js";
import { titleOf } from "./sentences.js";

const AGAIN_MS = 3000;

export const show = (place, { id, params }, signal) =>
  (id === null ? list(place, params, signal) : one(place, id, signal));

/** One page of the list: the address says `before` which task it begins. */
function list(place, { before = null, ...params }, signal) {
  let page = begin(before);
  let turn = new AbortController();
  const bar = filters(params, open, signal);
  const says = h("p", { class: "help" });
  const [problem, none] = [h("div"), h("div")];
  const drawn = h("ol", { class: "task-rows", "aria-label": "Tasks" });
  const [newest, older] = ["Newest", "Older"].map((text) => h("a", { class: "quiet", hidden: true }, text));

  /** Begins anew, with other filters. */
  function open() {
    before = null;
    page = begin(before);
    note("tasks", null, bar.address());
    watch();
  }

  function watch() {
    turn.abort();
    turn = new AbortController();
    says.textContent = "Reading…";
    every(AGAIN_MS, refresh, AbortSignal.any([signal, turn.signal]), fail);
  }

  async function refresh(here) {
    const isFirst = !page.isWhole;
    const wanted = { ...bar.wanted(), limit: PAGE };
    do {
      const found = await tasks({ ...wanted, cursor: page.isWhole ? before : page.next }, here);
      here.throwIfAborted();
      page = joined(page, found);
      draw();
    } while (!page.isWhole);
    problem.replaceChildren();
    if (isFirst) announce(says.textContent);
  }

  function fail(error) {
    if (!page.isWhole && error.status !== 0) says.textContent = "";
    tells(problem)(error);
  }

  function draw() {
    const { rows, next, isWhole } = page;
    keyed(drawn, rows, (task) => task.task_id, (row, task) => redraw(row, ...cells(task)));
    says.textContent = counted(page);
    redraw(none, ...(isWhole && rows.length === 0 ? [nothingHere(bar.isNarrow() || before)] : []));
    newest.hidden = before === null;
    newest.href = href("tasks", null, bar.address());
    older.hidden = next === null || !isWhole;
    older.href = href("tasks", null, { ...bar.address(), before: next });
  }

  place.append(head("Tasks", "All that was asked for and handed on, newest first."), bar.element, problem,
    says, drawn, none, h("nav", { class: "row", "aria-label": "Pages" }, newest, older));
  watch();
}

function counted({ rows, next, isWhole }) {
  const count = `${rows.length} ${rows.length === 1 ? "task" : "tasks"}`;
  if (!isWhole) return `${count} so far. Looking further back…`;
  return next === null ? count : `${count}; older ones are on the next page.`;
}

function nothingHere(isNarrow) {
  if (!isNarrow) {
    return empty("No task yet.", "Ask an agent for something, and watch here how it is handed on.",
      h("a", { class: "go", href: href("ask") }, "Ask"));
  }
  return empty("No task is like that.", "Others may be: take the filters away.",
    button("Clear the filters", null, { type: "reset", form: "task-filters" }));
}

function cells(task) {
  const created = task.created * 1000;
  const took = span((isOver(task) ? task.updated * 1000 : now()) - created);
  const handedOn = task.parent && h("span", { role: "img", "aria-label": "Handed on:" }, "↳ ");
  return [
    h("span", {}, chip(task.state_name)),
    h("a", { class: "one-line", href: href("tasks", task.task_id), dir: "auto" }, handedOn, titleOf(task)),
    h("span", { class: "one-line", dir: "auto" }, who(task.target)),
    h("span", {}, `${task.attempt > 1 ? `try ${task.attempt}, ` : ""}${took}`),
    moment(created),
  ];
}
