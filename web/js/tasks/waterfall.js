// The waterfall: every row of a hand-off on one time axis, which can be zoomed.

import { h } from "../base/dom.js";
import { button, help } from "../base/parts.js";
import { span } from "../base/took.js";
import { announce } from "../shell/desk.js";
import { barRow } from "./bars.js";
import { picker } from "./picker.js";
import { extent } from "./rows.js";
import { around, lengthOf, place, spanOf, ticks } from "./scale.js";

const LEGEND = { task: "task", attempt: "try", call: "engine call, pale until its first byte", memory: "memory", workflow: "workflow" };
const TOOLS = [["+", "Zoom in"], ["-", "Zoom out"], ["ArrowLeft", "Earlier"], ["ArrowRight", "Later"], ["0", "Show all"]];

/** `mine` is the key of the row that the page is about; `onChoose(row)` hears of what a person chooses. */
export function waterfall({ mine, onChoose }, signal) {
  let now = 0;
  let whole = spanOf(0, 0);
  let zoomed = null;
  const shown = () => zoomed ?? whole;
  const marks = h("div", { class: "wf-marks" });
  const lines = h("div", { class: "wf-lines" });
  const body = h("div", { class: "wf-body" }, lines);
  const frame = h("div", { class: "wf-frame" }, h("div", { class: "wf-axis", "aria-hidden": "true" }, marks), body);
  const list = picker({
    label: "Waterfall", look: "wf", frame, onChoose, onKey,
    key: (row) => row.key,
    draw: (row, first) => barRow(row, first, () => ({ shown: shown(), zero: whole.from, now }), mine),
  }, signal);
  body.append(list.list);

  function drawAxis() {
    const found = ticks(shown(), whole.from);
    marks.replaceChildren(...found.map(({ at, text }) => tick(at, text)));
    lines.replaceChildren(...found.map(({ at }) => tick(at)));
  }

  function tick(at, text = "") {
    const mark = h("span", {}, text);
    mark.style.setProperty("--from", `${place(shown(), at)}%`);
    return mark;
  }

  /** Shows so long a time around a moment. */
  function zoom(at, length) {
    const next = around(at, length, whole);
    zoomed = lengthOf(next) < lengthOf(whole) ? next : null;
    drawAxis();
    list.paint();
    announce(zoomed === null ? "All of it is shown." : `${span(lengthOf(next))} are shown, from ${span(next.from - whole.from)} on.`);
  }

  const zoomTo = (row) => {
    const end = row.end ?? now;
    zoom((row.start + end) / 2, (end - row.start) * 1.2);
  };

  /** What is chosen stays in sight when one looks closer. */
  function centre() {
    const { from, to } = shown();
    const row = list.chosen();
    const at = row === null ? from : (row.start + (row.end ?? now)) / 2;
    return at > from && at < to ? at : (from + to) / 2;
  }

  function onKey(name) {
    const { from, to } = shown();
    const length = to - from;
    const steps = {
      "+": () => zoom(centre(), length / 2),
      "-": () => zoom(centre(), length * 2),
      ArrowLeft: () => zoom((from + to) / 2 - length / 4, length),
      ArrowRight: () => zoom((from + to) / 2 + length / 4, length),
      0: () => zoom(from, lengthOf(whole)),
    };
    steps[name]?.();
    return Object.hasOwn(steps, name);
  }

  return {
    element: h("div", { class: "wf-part" },
      h("div", { class: "wf-tools", role: "group", "aria-label": "Zoom" },
        ...TOOLS.map(([key, name]) => button(name, () => onKey(key))),
        help("Keys: ↑ ↓ rows, + − zoom, ← → move, 0 all.")),
      frame,
      h("ul", { class: "wf-legend help", "aria-label": "What is drawn" },
        ...Object.entries(LEGEND).map(([kind, words]) => h("li", { "data-kind": kind }, words)))),
    zoomTo,
    choose: list.choose,
    chosen: list.chosen,
    /** Shows these rows as they are at `at`; a span that was zoomed to stays. */
    set(rows, at) {
      const { from, to } = extent(rows, at);
      [now, whole] = [at, spanOf(from, to)];
      drawAxis();
      list.set(rows);
    },
  };
}
