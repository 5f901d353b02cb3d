// Draws who called whom.

import { h, redraw } from "../base/dom.js";
import { href } from "../shell/router.js";

/** Gives back the element and `draw(step)`, which shows a tree of steps. */
export function drawing() {
  const list = h("ul", {});
  const element = h("div", { class: "tree", tabindex: "0", role: "group", "aria-label": "Who called whom" }, list);

  function draw(step) {
    const focused = list.contains(document.activeElement) ? document.activeElement.getAttribute("href") : null;
    redraw(list, item(step));
    // A step that came in between moves the others on.
    if (focused !== null) list.querySelector(`[href="${focused}"]`)?.focus({ preventScroll: true });
  }
  return { element, draw };
}

const item = ({ name, task, look, isEngine, says, children }) => h("li", {},
  h("div", { class: "step" },
    h("span", { class: "circle", "data-look": look, "data-engine": isEngine, "aria-hidden": "true" }, [...name][0]),
    h("div", { class: "step-text" },
      h(task ? "a" : "b", { class: "name", dir: "auto", href: task && href("tasks", task) }, name),
      h("p", { class: "help", dir: "auto" }, says))),
  children.length > 0 && h("ul", {}, ...children.map(item)));
