// What is known of the row of the waterfall that was chosen.

import { h } from "../base/dom.js";
import { button, chip, facts } from "../base/parts.js";
import { exact } from "../base/time.js";
import { href } from "../shell/router.js";
import { took } from "./lengths.js";
import { label, look, outcome } from "./sentences.js";
import { who } from "./who.js";

const MOST = 300;
const number = (value) => (typeof value === "number" ? value.toLocaleString("en-GB") : null);
const foreign = (text) => (text ? h("span", { dir: "auto", class: "foreign" }, text.length > MOST ? `${text.slice(0, MOST)}…` : text) : null);

/** `mine` is the id of the task that the page is about; `zoomTo(row)` shows it closer. */
export function details(row, { mine, now, zero, zoomTo }) {
  const { name, more } = label(row);
  return [
    h("h3", { class: "wf-details-name", dir: "auto" }, TITLES[row.kind] ?? name),
    facts([
      ["State", outcomeChip(row)],
      ...MORE[row.kind](row, { name, more, mine }),
      ["Began", exact(row.start) + (row.start - zero < 1 ? "" : `, after ${took(row.start - zero)}`)],
      ["Until", row.end === null ? "still going on" : exact(row.end)],
      ["Took", took((row.end ?? now) - row.start)],
    ]),
    h("div", { class: "row" }, button("Zoom to it", () => zoomTo(row)), follow(row, mine)),
  ];
}

/** How a row ended, coloured as its bar is. */
export function outcomeChip(row) {
  const word = outcome(row) || "ended";
  return chip(look(row) === "bad" ? "failed" : word, word);
}

const TITLES = { task: "Task", attempt: "Try", call: "Engine call", memory: "Memory", workflow: "Workflow in Temporal" };

const MORE = {
  task: ({ item }) => [
    ["For", foreign(who(item.target))],
    ["Why", foreign(item.detail)],
    ["Tries", number(item.attempts?.length)],
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
    ["Tokens", tokenFacts(item)],
    ["First byte", typeof item.first_byte_ms === "number" ? `after ${took(item.first_byte_ms)}` : null],
    ["Speed", speed(item)],
    ["Answer", item.status > 0 ? `HTTP ${item.status}` : null],
  ],
  memory: ({ item }, { name, more }) => [
    ["What", foreign(`${name} ${more}`.trim())],
    ["Found", number(item.found)],
  ],
  workflow: ({ task }) => [["Type", foreign(who(task.target))]],
};

const tokenFacts = (item) =>
  item.tokens_in || item.tokens_out ? `${number(item.tokens_in ?? 0)} in, ${number(item.tokens_out ?? 0)} out` : null;

/** Tokens a second while the answer was written. */
function speed({ tokens_out: said, first_byte_ms: first, duration_ms: all }) {
  const writing = (all ?? 0) - (first ?? 0);
  return said > 1 && writing > 20 ? `${((said / writing) * 1000).toFixed(1)} tokens a second` : null;
}

/** The page with more about it. */
function follow({ kind, item, task }, mine) {
  if (kind === "memory") return item.event_id ? h("a", { href: href("memory", item.event_id) }, "Read it") : null;
  if (kind === "workflow") return task.temporal_url ? elsewhere(task.temporal_url) : null;
  if (kind === "task" && task.task_id !== mine) return h("a", { href: href("tasks", task.task_id) }, "Open this task");
  return null;
}

/** A link to Temporal's own page; nothing but a web address is one. */
export const elsewhere = (url) =>
  /^https?:\/\//i.test(url) ? h("a", { href: url, target: "_blank", rel: "noopener noreferrer" }, "See it in Temporal") : null;
