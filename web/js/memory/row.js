// One event in the list.

import { h } from "../base/dom.js";
import { chip } from "../base/parts.js";
import { moment } from "../base/time.js";
import { href } from "../shell/router.js";
import { brief, kindName, targetOf, whenOf } from "./event.js";
import { cutWords, stretch, wordsOf } from "./marks.js";

const GIST = 400;
const LEVELS = { error: "failed", fatal: "failed", warn: "degraded" };

/** `asked` is what it was found by. */
export function row(event, asked, isOpen) {
  const words = wordsOf(asked.q);
  const { title, rest } = brief(event);
  const at = whenOf(event);
  return h("li", { class: "memory-row" },
    h("a", { class: "memory-title one-line", dir: "auto", href: href("memory", event.id, asked.filters), "aria-current": isOpen ? "true" : null },
      marked(cutWords(title, words))),
    h("p", { class: "memory-gist", dir: "auto" }, marked(stretch(rest, words) ?? [{ text: rest.slice(0, GIST) }])),
    h("p", { class: "memory-meta" },
      chip(null, kindName(event)),
      event.event === "log" && event.level ? chip(LEVELS[event.level], String(event.level)) : null,
      h("bdi", { class: "one-line" }, by(event)),
      at === null ? null : moment(at)));
}

const marked = (pieces) => pieces.map(({ text, hit }) => (hit ? h("mark", {}, text) : text));

/** Who wrote it: the agent, the model that answered, or whom a task was for. */
function by({ event, agent, model, target, run_id: run }) {
  if (agent) return String(agent);
  if (event === "response") return String(model ?? "model");
  if (event === "task_sent") return `you → ${targetOf({ target })}`;
  if (event === "task_result") return targetOf({ target });
  return event === "log" ? String(run ?? "") : "you";
}
