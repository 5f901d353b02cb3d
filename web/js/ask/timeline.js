// The list of what happened, oldest first.

import { h } from "../base/dom.js";
import { exact } from "../base/time.js";
import { offset } from "../base/words.js";
import { line } from "./phrases.js";
import { startOf } from "./run.js";

/** Lines drawn, at most: the newest. */
const MOST = 200;
const NEAR = 40;

/** Gives back `add(run, entry)`, and `draw()`, which shows what was added. */
export function timeline(element) {
  const list = h("ol", { class: "timeline", tabindex: "0", "aria-label": "What happened" });
  const left = h("p", { class: "help", hidden: true });
  let rows = [];
  let count = 0;
  element.append(left, list);

  /** Events of two tasks may come out of order; each line goes where its time says. */
  function add(run, entry) {
    const text = line(entry);
    if (text === null) return;
    count += 1;
    const after = rows.findLastIndex((each) => each.at <= entry.at);
    rows.splice(after + 1, 0, { at: entry.at, item: null, make: () => row(startOf(run) ?? entry.at, entry, text) });
    if (rows.length > 2 * MOST) drop();
  }

  function drop() {
    for (const each of rows.slice(0, -MOST)) each.item?.remove();
    rows = rows.slice(-MOST);
  }

  function draw() {
    if (rows.every((each) => each.item !== null)) return;
    // Who looks at the end sees what is added there.
    const isAtEnd = list.scrollHeight - list.clientHeight - list.scrollTop < NEAR;
    place();
    if (isAtEnd) list.scrollTop = list.scrollHeight;
  }

  function place() {
    drop();
    let next = null;
    for (const each of rows.toReversed()) {
      if (each.item === null) list.insertBefore(each.item = each.make(), next);
      next = each.item;
    }
    const gone = count - rows.length;
    left.textContent = `${gone.toLocaleString("en-GB")} earlier lines are in the waterfall.`;
    left.hidden = gone === 0;
  }

  return { add, draw, count: () => count };
}

const row = (start, entry, text) =>
  h("li", { "data-kind": entry.kind },
    h("time", { datetime: new Date(entry.at).toISOString(), title: exact(entry.at) }, offset(Math.max(0, entry.at - start))),
    h("span", { dir: "auto" }, text));
