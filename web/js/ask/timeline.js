// The list of what happened, oldest first.

import { h } from "../base/dom.js";
import { eventLine } from "../base/eventline.js";
import { toneOf } from "../base/state.js";
import { moment } from "../base/time.js";
import { span } from "../base/took.js";

/** Lines drawn, at most: the newest. The waterfall has all of them. */
const MOST = 200;
const NEAR_PX = 40;

/** Events of two tasks may come out of order: what tells of them goes into `place` where its time says. */
export function inOrder(place, item, at) {
  item.dataset.at = at;
  let before = place.lastElementChild;
  while (before !== null && Number(before.dataset.at) > at) before = before.previousElementSibling;
  place.insertBefore(item, before === null ? place.firstChild : before.nextSibling);
}

/** `add(events, start)` shows what happened since the moment `start`. */
export function timeline() {
  const list = h("ol", { class: "timeline", tabindex: "0", "aria-label": "What happened" });
  const summary = h("summary", {}, "What happened, step by step");
  const element = h("details", { class: "happened", open: matchMedia("(min-width: 64rem)").matches }, summary, list);

  function add(events, start) {
    // Who looks at the end sees what is added there. What is written stands in cards of its own.
    const isAtEnd = list.scrollHeight - list.clientHeight - list.scrollTop < NEAR_PX;
    const shown = events.filter(({ event }) => event.kind !== "artifact").slice(-MOST);
    for (const { event, task } of shown) inOrder(list, row(event, task.target, start), event.at);
    while (list.childElementCount > MOST) list.firstElementChild.remove();
    if (isAtEnd) list.scrollTop = list.scrollHeight;
  }

  const row = (event, target, start) =>
    h("li", { "data-tone": toneOf(event.kind) },
      moment(event.at, `+${span(event.at - start)}`),
      h("span", { dir: "auto" }, eventLine(event, target)));

  return { element, add };
}
