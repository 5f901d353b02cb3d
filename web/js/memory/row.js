// One event in the list.

import { agentName } from "../base/words.js";
import { h } from "../base/dom.js";
import { moment } from "../base/time.js";
import { href } from "../shell/router.js";
import { gist, jsonOf, kindName, rest, saidIn, textOf, titleOf, whenOf } from "./event.js";
import { cutMarks, cutWords, stretch, wordsOf } from "./marks.js";

/** `params` is what the address says beside the event; `q` what was searched for. */
export function row(event, { q, params }) {
  const words = wordsOf(q);
  const title = titleOf(event);
  const told = found(event, words) ?? cutWords(rest(title, gist(event)), words);
  const isSame = told.map((piece) => piece.text).join("") === title;
  const at = whenOf(event);
  return h("li", { class: "memory-row", "data-id": event.id },
    h("a", { class: "memory-title", href: href("memory", event.id, params), dir: "auto" }, marked(cutWords(title, words))),
    told.length === 0 || isSame ? null : h("p", { class: "memory-gist", dir: "auto" }, marked(told)),
    h("p", { class: "memory-meta" },
      h("span", { class: "chip" }, kindName(event)),
      level(event),
      h("bdi", { class: "memory-by" }, by(event)),
      at === null ? null : moment(at)));
}

/** Where it was found: in what was said, if that is within JSON, which nobody reads gladly. */
function found(event, words) {
  const snippet = event._additional?.snippet;
  if (typeof snippet !== "string" || words.length === 0) return null;
  return stretch(saidIn(jsonOf(textOf(event))) ?? "", words) ?? cutMarks(snippet);
}

const marked = (pieces) => pieces.map(({ text, hit }) => (hit ? h("mark", {}, text) : text));

function level(event) {
  return event.event === "log" && typeof event.level === "string"
    ? h("span", { class: "chip", "data-state": { error: "failed", fatal: "failed", warn: "degraded" }[event.level] }, event.level)
    : null;
}

/** Who wrote it: the agent, the model that answered, or whom a task was for. */
function by(event) {
  if (typeof event.agent === "string" && event.agent !== "") return event.agent;
  if (event.event === "response") return event.model ?? "model";
  if (event.event === "task_sent") return `you → ${agentName(event.target)}`;
  if (event.event === "task_result") return agentName(event.target);
  if (event.event === "log") return event.run_id ?? "";
  return "you";
}
