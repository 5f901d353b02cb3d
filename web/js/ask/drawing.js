// Draws who called whom, and keeps it up to date without drawing it anew.

import { h } from "../base/dom.js";
import { href } from "../shell/router.js";
import { icon } from "./icons.js";
import { isDeep } from "./steps.js";

/** Gives back the element and `draw(root)`, which shows the tree of `steps`. */
export function drawing() {
  const list = h("ul", { class: "branches" });
  const element = h("div", { class: "tree", tabindex: "0", role: "group", "aria-label": "Who called whom" }, list);
  let known = new Map();

  function draw(root) {
    const seen = new Map();
    put(list, [root], seen);
    for (const [key, branch] of known) if (!seen.has(key)) branch.item.remove();
    known = seen;
    const way = isDeep(root) ? "down" : "across";
    if (element.dataset.way !== way) element.dataset.way = way;
  }

  function put(into, steps, seen) {
    steps.forEach((step, index) => {
      const branch = known.get(step.key) ?? build(step);
      seen.set(step.key, branch);
      update(branch, step);
      if (into.children[index] !== branch.item) into.insertBefore(branch.item, into.children[index] ?? null);
      put(branch.list, step.children, seen);
      branch.list.hidden = step.children.length === 0;
    });
  }

  return { element, draw };
}

function build(step) {
  const name = step.task === null
    ? h("span", { class: "step-name", dir: "auto", title: step.name }, step.name)
    : h("a", { class: "step-name", dir: "auto", href: href("tasks", step.task), title: step.name }, step.name);
  const parts = { name, word: h("span", { class: "step-word" }), time: h("span", { class: "step-time" }), more: h("span", { class: "step-more", dir: "auto" }), begun: h("span", { class: "begun" }) };
  parts.list = h("ul", { class: "branches" });
  parts.step = h("div", { class: "step", "data-picture": step.picture },
    h("span", { class: "circle" }, icon(step.picture)),
    h("span", { class: "step-text" }, name, h("span", { class: "step-line" }, parts.word, parts.time), parts.more));
  parts.item = h("li", { class: "branch" }, parts.begun, parts.step, parts.list);
  return parts;
}

function update(parts, step) {
  set(parts.item, "data-edge", step.edge);
  set(parts.step, "data-state", step.state);
  write(parts.name, step.name);
  write(parts.word, step.word);
  write(parts.time, step.time);
  write(parts.more, step.more);
  set(parts.more, "title", step.more);
  write(parts.begun, step.begun ?? "");
}

function set(element, name, value) {
  if (element.getAttribute(name) !== value) element.setAttribute(name, value);
}

function write(element, text) {
  if (element.textContent !== text) element.textContent = text;
}
