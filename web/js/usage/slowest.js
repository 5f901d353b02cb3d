// The calls that took longest.

import { h } from "../base/dom.js";
import { moment } from "../base/time.js";
import { span } from "../base/words.js";
import { href } from "../shell/router.js";
import { amount } from "./legend.js";
import { exact } from "./numbers.js";

const ENDS = { finished: "finished", failed: "failed", cut: "cut short", hung_up: "hung up" };

export function slowest(calls) {
  if (calls.length === 0) return h("p", { class: "help" }, "There are none.");
  return h("div", { class: "table", tabindex: "0", role: "region", "aria-label": "Table of slow calls" },
    h("table", {},
      h("thead", {}, h("tr", {}, h("th", { scope: "col", class: "number" }, "Took"),
        ...["Model", "When", "Task"].map((name) => h("th", { scope: "col" }, name)),
        ...["First byte", "Tokens"].map((name) => h("th", { scope: "col", class: "number" }, name)), h("th", { scope: "col" }, "Ended"))),
      h("tbody", {}, ...calls.map(line))));
}

function line(call) {
  return h("tr", {},
    h("td", { class: "number" }, length(call.duration_ms)),
    h("th", { scope: "row" }, h("bdi", { class: "one-line", title: call.model }, call.model), call.engine ? h("bdi", { class: "help one-line", title: call.engine }, call.engine) : null),
    h("td", {}, moment(call.at)),
    h("td", {}, call.task_id ? h("a", { href: href("tasks", call.task_id) }, "Open", h("span", { class: "unseen" }, ` the task of the call that took ${span(call.duration_ms)}`)) : h("span", { class: "help" }, "none")),
    h("td", { class: "number" }, call.first_byte_ms === null || call.first_byte_ms === undefined ? "–" : length(call.first_byte_ms)),
    h("td", { class: "number" }, amount(call.tokens_in), " → ", amount(call.tokens_out)),
    h("td", { class: call.outcome === "failed" ? "usage-bad" : null }, ENDS[call.outcome] ?? call.outcome));
}

const length = (ms) => h("data", { value: ms, title: `${exact(ms)} ms` }, ms < 1000 ? `${exact(ms)} ms` : span(ms));
