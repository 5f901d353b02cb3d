// What is known of a row of the waterfall.

import { h } from "../base/dom.js";
import { chip, facts } from "../base/parts.js";
import { exact } from "../base/time.js";
import { span } from "../base/took.js";
import { cut, whole } from "../base/words.js";
import { href } from "../shell/router.js";
import { outcome, stateOf } from "./sentences.js";

const TITLES = { task: "Task", attempt: "Try", call: "Engine call", memory: "Memory", workflow: "Temporal workflow" };
const NAMES = {
  target: "For", detail: "Why", title: "Title", found: "Found", model: "Model", engine: "Engine",
  tokens_in: "Tokens in", tokens_out: "Tokens out", first_byte_ms: "First byte", attempt: "Try", task_id: "Task id",
};

/** `mine` is the id of the task that the page is about. */
export function details(row, mine, now) {
  const { item } = row;
  return [
    h("h3", {}, TITLES[row.kind]),
    facts([
      ["State", chip(stateOf(row), outcome(row))],
      ...Object.entries(NAMES).map(([key, name]) => [name, told(key, item[key])]),
      ["Began", exact(row.start)],
      ["Took", span((row.end ?? now) - row.start)],
      ["More", follow(row, mine)],
    ]),
  ];
}

function told(key, value) {
  if (value === null || value === undefined || value === "") return null;
  if (key === "first_byte_ms") return `after ${span(value)}`;
  return typeof value === "number" ? whole(value) : h("span", { dir: "auto", class: "foreign" }, cut(value, 300));
}

/** The page with more about it. */
function follow({ kind, item, task }, mine) {
  if (kind === "memory" && item.event_id) return h("a", { href: href("memory", item.event_id) }, "Read it");
  // Nothing but a web address is a link to Temporal's own page.
  if (kind === "workflow" && /^https?:\/\//i.test(task.temporal_url)) {
    return h("a", { href: task.temporal_url, target: "_blank", rel: "noopener noreferrer" }, "See it in Temporal");
  }
  if (kind !== "task" || item.task_id === mine) return null;
  return h("a", { href: href("tasks", item.task_id) }, "Open this task");
}
