// Draws who called whom, and keeps it up to date without drawing it anew.

import { h, svg } from "../base/dom.js";
import { href } from "../shell/router.js";

const PICTURES = {
  you: ["M12 12a4 4 0 1 0 0-8 4 4 0 0 0 0 8Z", "M4.5 20c.8-3.6 3.8-5.5 7.5-5.5s6.7 1.9 7.5 5.5"],
  planner: ["M9 6h11M9 12h11M9 18h7", "m3.5 6 1 1 1.8-2M3.5 12l1 1 1.8-2M3.5 18l1 1 1.8-2"],
  coder: ["m8 7-5 5 5 5M16 7l5 5-5 5M13.5 5l-3 14"],
  engine: ["M7 7h10v10H7z", "M10 3v4M14 3v4M10 17v4M14 17v4M3 10h4M3 14h4M17 10h4M17 14h4"],
  workflow: ["M5 4h6v5H5zM13 15h6v5h-6z", "M8 9v8.5h5M11 6.5h5V15"],
  agent: ["M12 3v4M6 8h12a2 2 0 0 1 2 2v8a2 2 0 0 1-2 2H6a2 2 0 0 1-2-2v-8a2 2 0 0 1 2-2Z", "M9 13v2M15 13v2"],
};

/** The line drawing that stands for someone. */
export const picture = (name) =>
  svg("svg", { viewBox: "0 0 24 24", "aria-hidden": "true", class: "icon" },
    ...(Object.hasOwn(PICTURES, name) ? PICTURES[name] : PICTURES.agent).map((d) => svg("path", { d })));

/** Gives back the element and `draw(step)`, which shows a tree of steps. */
export function drawing() {
  const list = h("ul", {});
  const element = h("div", { class: "tree", tabindex: "0", role: "group", "aria-label": "Who called whom" }, list);
  let known = new Map();

  function draw(step) {
    const seen = new Map();
    put(list, [step], seen);
    for (const [key, branch] of known) if (!seen.has(key)) branch.item.remove();
    known = seen;
  }

  function put(into, steps, seen) {
    steps.forEach((step, index) => {
      const branch = known.get(step.key) ?? build(step);
      seen.set(step.key, branch);
      branch.circle.dataset.look = step.look;
      for (const part of ["name", "word", "more"]) {
        if (branch[part].textContent !== step[part]) branch[part].textContent = step[part];
      }
      if (into.children[index] !== branch.item) into.insertBefore(branch.item, into.children[index] ?? null);
      put(branch.list, step.children, seen);
      branch.list.hidden = step.children.length === 0;
    });
  }

  return { element, draw };
}

function build(step) {
  const branch = {
    circle: h("span", { class: "circle", "data-picture": step.picture }, picture(step.picture)),
    name: step.task ? h("a", { class: "name", dir: "auto", href: href("tasks", step.task) }) : h("span", { class: "name", dir: "auto" }),
    word: h("span", { class: "word" }),
    more: h("span", { class: "more", dir: "auto" }),
    list: h("ul", {}),
  };
  branch.item = h("li", {}, h("div", { class: "step" }, branch.circle,
    h("div", { class: "step-text" }, branch.name, h("div", { class: "help" }, branch.word, " ", branch.more))), branch.list);
  return branch;
}
