// The list of what happened, oldest first.

import { h } from "../base/dom.js";
import { line } from "./phrases.js";
import { startOf } from "./run.js";
import { clockTime, offset } from "../base/words.js";

export function timeline(list, none) {
  const rows = [];

  return {
    clear() {
      rows.length = 0;
      list.replaceChildren();
      none.hidden = false;
    },

    /** Events of two tasks may come out of order; each line goes where its time says. */
    add(run, entry) {
      const start = startOf(run) ?? entry.at;
      const item = h(
        "li",
        { "data-kind": entry.kind },
        h("time", { datetime: new Date(entry.at).toISOString(), title: clockTime(entry.at) },
          offset(entry.at - start)),
        h("span", {}, line(entry)),
      );
      const after = rows.findLastIndex((row) => row.at <= entry.at);
      list.insertBefore(item, rows[after + 1]?.item ?? null);
      rows.splice(after + 1, 0, { at: entry.at, item });
      none.hidden = true;
    },
  };
}
