// One turn on the page: the question, and room for what comes of it.

import { h } from "../base/dom.js";
import { long } from "../base/parts.js";
import { href } from "../shell/router.js";
import { written } from "../base/written.js";

/** Gives back the parts of a turn that others fill, `body` and `foot`, and which one it is. */
export function turn(question, number) {
  const id = `turn-${number}`;
  const body = h("div", { class: "turn-body" });
  const foot = h("div", { class: "turn-foot help" });
  const asked = question === null
    ? h("p", { class: "help" }, "What was asked is too long to be shown here, or is no text.")
    : long(question, { most: 4000 });
  const element = h("article", { class: "turn", "aria-labelledby": id },
    h("div", { class: "question" }, h("h2", { id, tabindex: "-1" }, number === 1 ? "You asked" : "You went on"), asked),
    body, foot);
  return { element, body, foot, number };
}

/** A turn of which only the words are known. */
export function pastTurn({ question, answer, task, note }, number) {
  const { element, body, foot } = turn(question, number);
  element.classList.add("past");
  body.append(h("div", { class: "card piece", role: "group", "aria-label": "Answer" },
    h("div", { class: "card-head" }, h("h3", {}, "Answer")),
    h("div", { class: "card-body" }, answer === "" ? h("p", { class: "help" }, note ?? "There was no answer.") : written(answer, isJson(answer) ? { code: true, lang: "json" } : {}),
      answer !== "" && note !== null ? h("p", { class: "notice" }, note) : null)));
  if (task !== null) foot.append(waterfall(task));
  return element;
}

/** Whether a text is an object or a list as JSON: that is how such answers are said again. */
function isJson(text) {
  if (!/^[[{]/.test(text)) return false;
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

export const waterfall = (task) => h("a", { href: href("tasks", task) }, "Open the waterfall");
