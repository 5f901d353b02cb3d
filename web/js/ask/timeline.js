// The list of what happened, oldest first.

import { h } from "../base/dom.js";
import { exact } from "../base/time.js";
import { offset } from "../base/words.js";
import { line } from "./phrases.js";
import { startOf } from "./run.js";

/** Lines drawn, at most: the newest. */
const MOST = 200;

/** Gives back the element and `add(run, entry)`. */
export function timeline(element) {
  const list = h("ol", { class: "timeline" });
  const left = h("p", { class: "help", hidden: true });
  const rows = [];
  let gone = 0;
  element.append(left, list);

  /** Events of two tasks may come out of order; each line goes where its time says. */
  function add(run, entry) {
    const text = line(entry);
    if (text === null) return;
    const item = row(startOf(run) ?? entry.at, entry, text);
    const after = rows.findLastIndex((each) => each.at <= entry.at);
    list.insertBefore(item, rows[after + 1]?.item ?? null);
    rows.splice(after + 1, 0, { at: entry.at, item });
    if (rows.length <= MOST) return;
    rows.shift().item.remove();
    gone += 1;
    left.textContent = `${gone.toLocaleString("en-GB")} earlier lines are in the waterfall.`;
    left.hidden = false;
  }

  return { add, count: () => rows.length + gone };
}

const row = (start, entry, text) =>
  h("li", { "data-kind": entry.kind },
    h("time", { datetime: new Date(entry.at).toISOString(), title: exact(entry.at) }, offset(Math.max(0, entry.at - start))),
    h("span", { dir: "auto" }, text));
