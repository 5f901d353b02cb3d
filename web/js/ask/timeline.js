// The list of what happened, oldest first.

import { h, say } from "../base/dom.js";
import { eventLine } from "../base/eventline.js";
import { moment } from "../base/time.js";
import { offset } from "../base/took.js";
import { whole } from "../base/words.js";

/** Lines drawn, at most: the newest. */
const MOST = 200;
const NEAR_PX = 40;

/** Events of two tasks may come out of order: what tells of them goes into `place` where its time says. */
export function inOrder(place, item, at) {
  item.dataset.at = at;
  let before = place.lastElementChild;
  while (before !== null && Number(before.dataset.at) > at) before = before.previousElementSibling;
  place.insertBefore(item, before === null ? place.firstChild : before.nextSibling);
}

/** `add(event, task)` notes what happened, `draw(start)` shows what was noted since the moment `start`. */
export function timeline() {
  const list = h("ol", { class: "timeline", tabindex: "0", "aria-label": "What happened" });
  const left = h("p", { class: "help", hidden: true });
  const summary = h("summary", {}, "What happened, step by step");
  const element = h("details", { class: "happened", open: matchMedia("(min-width: 64rem)").matches }, summary, left, list);
  let noted = [];
  let count = 0;

  function add(event, task) {
    // What is written stands in cards of its own.
    if (event.kind === "artifact") return;
    count += 1;
    noted.push({ event, target: task.target });
    if (noted.length > 2 * MOST) noted = noted.slice(-MOST);
  }

  function draw(start) {
    if (noted.length === 0) return;
    // Who looks at the end sees what is added there.
    const isAtEnd = list.scrollHeight - list.clientHeight - list.scrollTop < NEAR_PX;
    for (const { event, target } of noted.splice(0).slice(-MOST)) inOrder(list, row(event, target, start), event.at);
    while (list.childElementCount > MOST) list.firstElementChild.remove();
    const gone = count - list.childElementCount;
    say(left, gone === 0 ? null : `${whole(gone)} earlier lines are in the waterfall.`);
    if (isAtEnd) list.scrollTop = list.scrollHeight;
  }

  const row = (event, target, start) =>
    h("li", { "data-kind": event.kind },
      moment(event.at, offset(Math.max(0, event.at - start))),
      h("span", { dir: "auto" }, eventLine(event, target)));

  return { element, add, draw };
}
