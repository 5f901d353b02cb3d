// What is known of the row of the waterfall that was chosen.

import { h } from "../base/dom.js";
import { button, chip, facts } from "../base/parts.js";
import { exact } from "../base/time.js";
import { who } from "../base/words.js";
import { href } from "../shell/router.js";
import { label, look, outcome, tokens } from "./sentences.js";
import { cut, took } from "./words.js";

const foreign = (text) => (text ? h("span", { dir: "auto", class: "foreign" }, cut(text, 300)) : null);

/** `mine` is the id of the task that the page is about; `zoomTo(row)` shows it closer. */
export function details(row, { mine, now, zoomTo }) {
  return [
    h("h3", {}, TITLES[row.kind]),
    facts([
      ["State", outcomeChip(row)],
      ...MORE[row.kind](row),
      ["Began", exact(row.start)],
      ["Until", row.end === null ? "still going on" : exact(row.end)],
      ["Took", took((row.end ?? now) - row.start)],
    ]),
    h("div", { class: "row" }, button("Zoom to it", () => zoomTo(row)), follow(row, mine)),
  ];
}

/** How a row ended, coloured as its bar is. */
export function outcomeChip(row) {
  const word = outcome(row);
  return chip(look(row) === "bad" ? "failed" : word, word);
}

const TITLES = { task: "Task", attempt: "Try", call: "Engine call", memory: "Memory", workflow: "Workflow in Temporal" };

const MORE = {
  task: ({ item }) => [
    ["For", foreign(who(item.target))],
    ["Why", foreign(item.detail)],
    ["Tries", String(item.attempts.length)],
    ["Task id", h("code", {}, item.task_id)],
  ],
  attempt: ({ item, task }) => [
    ["Number", `${item.attempt} of ${task.attempts.length}`],
    ["For", foreign(who(task.target))],
    ["Why", foreign(item.detail)],
  ],
  call: ({ item }) => [
    ["Model", foreign(item.model)],
    ["Engine", foreign(item.engine)],
    ["Tokens", tokens(item) || null],
    ["First byte", item.first_byte_ms > 0 ? `after ${took(item.first_byte_ms)}` : null],
    ["Speed", speed(item)],
  ],
  memory: (row) => [["What", foreign(label(row).join(" "))]],
  workflow: ({ task }) => [["Type", foreign(who(task.target))]],
};

/** Tokens a second while the answer was written. */
function speed({ tokens_out: said, first_byte_ms: first, duration_ms: all }) {
  return said > 1 && all - first > 20 ? `${((said / (all - first)) * 1000).toFixed(1)} tokens a second` : null;
}

/** The page with more about it. */
function follow({ kind, item, task }, mine) {
  if (kind === "memory" && item.event_id) return h("a", { href: href("memory", item.event_id) }, "Read it");
  if (kind === "workflow") return temporalLink(task);
  if (kind === "task" && task.task_id !== mine) return h("a", { href: href("tasks", task.task_id) }, "Open this task");
  return null;
}

/** To Temporal's own page; nothing but a web address is a link. */
export const temporalLink = ({ temporal_url: url }) =>
  /^https?:\/\//i.test(url) ? h("a", { href: url, target: "_blank", rel: "noopener noreferrer" }, "See it in Temporal") : null;
