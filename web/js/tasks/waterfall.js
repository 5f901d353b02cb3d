// The waterfall: every row of a hand-off on one time axis, all of it or only as long as one row took.

import { h, redraw } from "../base/dom.js";
import { button, card } from "../base/parts.js";
import { toneOf } from "../base/state.js";
import { span } from "../base/took.js";
import { details } from "./details.js";
import { picker } from "./picker.js";
import { extent } from "./rows.js";
import { label, since, stateOf, tail } from "./sentences.js";

const DEEPEST = 9;

/** `mine` is the id of the task that the page is about. */
export function waterfall(mine, signal) {
  let now = 0;
  let rows = [];
  let zoomed = null;
  let whole;
  let shown;
  const axis = h("div", { class: "wf-axis", "aria-hidden": "true" });
  const zoom = button("Zoom to the chosen row", () => {
    zoomed = zoomed === null ? list.chosen() : null;
    zoom.textContent = zoomed === null ? "Zoom to the chosen row" : "Show all of it";
    draw();
  });
  const list = picker({
    label: "Waterfall", look: "wf", head: axis, key: (row) => row.key, draw: drawRow,
    about: (row) => details(row, mine, now),
  }, signal);

  function draw() {
    whole = extent(rows, now);
    const near = rows.filter(({ key }) => key === zoomed);
    shown = near.length > 0 ? extent(near, now) : whole;
    const quarters = [0, 1, 2, 3, 4].map((n) => h("span", {}, span(((shown.to - shown.from) * n) / 4)));
    axis.replaceChildren(h("span"), h("span", { class: "wf-marks" }, ...quarters.slice(0, 4)), quarters[4]);
    list.set(rows);
  }

  function drawRow(place, row) {
    const [name, more] = label(row);
    const lane = h("span", { class: "wf-lane", "aria-hidden": "true" }, h("span", { class: "wf-bar" }));
    // Far beyond its edge a bar is as good as just beyond it.
    const at = (moment) => Math.max(-0.1, Math.min(1.1, (moment - shown.from) / (shown.to - shown.from)));
    const from = at(row.start);
    lane.style.setProperty("--from", from);
    lane.style.setProperty("--length", at(row.end ?? now) - from);
    place.style.setProperty("--level", Math.min(row.level, DEEPEST));
    Object.assign(place.dataset, { kind: row.kind, tone: toneOf(stateOf(row)) });
    place.toggleAttribute("data-open", row.end === null);
    place.toggleAttribute("data-mine", row.item.task_id === mine && row.kind === "task");
    redraw(place,
      h("span", { class: "wf-label one-line" }, h("bdi", { class: "wf-name" }, name), " ", h("bdi", {}, more)),
      h("span", { class: "unseen" }, since(row, whole.from)),
      lane,
      h("span", { class: "wf-tail one-line" }, tail(row, now)));
  }

  return {
    element: card("Waterfall", list.element, h("div", { class: "row" }, zoom)),
    choose: list.choose,
    /** Shows these rows as they are at `at`. */
    set(found, at) {
      [rows, now] = [found, at];
      draw();
    },
  };
}
