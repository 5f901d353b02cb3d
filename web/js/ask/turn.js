// One turn on the page: the question, and room for what comes of it.

import { h } from "../base/dom.js";
import { help, long } from "../base/parts.js";
import { written } from "../base/written.js";
import { href } from "../shell/router.js";
import { piece } from "./cards.js";

/** A turn with its question; what comes of it is appended. */
export function turn(question, number) {
  const id = `turn-${number}`;
  const asked = question === null
    ? help("What was asked is too long to be shown here, or is no text.")
    : long(question, { most: 4000 });
  return h("article", { class: "turn", "aria-labelledby": id },
    h("div", { class: "question" }, h("h2", { id, tabindex: "-1" }, number === 1 ? "You asked" : "You went on"), asked));
}

/** A turn of which only the words are known. */
export function pastTurn({ question, answer, task, note }, number) {
  const element = turn(question, number);
  element.append(piece("Answer",
    answer === "" ? help(note ?? "There was no answer.") : written(answer),
    answer !== "" && note !== null ? h("p", { class: "notice" }, note) : ""));
  if (task !== null) element.append(help(waterfall(task)));
  return element;
}

export const waterfall = (task) => h("a", { href: href("tasks", task) }, "Open the waterfall");
