// The waterfall: every row of a hand-off on one time axis, which can be zoomed.

import { h, svg } from "../base/dom.js";
import { button } from "../base/parts.js";
import { announce } from "../shell/announce.js";
import { barRow, legend } from "./bars.js";
import { extent } from "./family.js";
import { took } from "./lengths.js";
import { picker } from "./picker.js";
import { around, pan, place, spanOf, ticks, zoom } from "./scale.js";

const CLOSER = 0.5;
/** Room for one label of the axis, in pixels. */
const TICK_ROOM = 85;

/** `isMine(row)` tells the row of the task that the page is about; `onChoose(row)` hears of choices. */
export function waterfall({ isMine, onChoose }, signal) {
  let rows = [];
  let whole = spanOf(0, 1);
  let zoomed = null;
  let now = 0;
  let size = { width: 0, room: 0 };
  const axis = axisOf();
  const body = h("div", { class: "wf-body" }, axis.grid);
  const frame = h("div", { class: "wf-frame" }, axis.element, body);
  const shown = () => zoomed ?? whole;
  const state = () => ({ shown: shown(), zero: whole.from, now, ...size });
  const list = picker({
    label: "Waterfall", look: "wf", frame, onChoose, onKey,
    key: (row) => row.key, draw: barRow(state, isMine),
  }, signal);
  body.append(list.list);

  function draw() {
    // Measured once: to ask again between two rows would have the browser lay out all of them.
    size = axis.size();
    axis.draw(shown(), whole.from, size.width);
    list.touch();
    tools.update(zoomed !== null);
  }

  function look(next, words) {
    const all = next.to - next.from >= whole.to - whole.from;
    zoomed = all ? null : next;
    draw();
    announce(all ? "All of it is shown." : words ?? `${took(next.to - next.from)} are shown, from ${took(next.from - whole.from)} on.`);
  }

  const centre = () => {
    const row = list.chosen();
    const middle = row === null ? null : (row.start + (row.end ?? now)) / 2;
    return middle !== null && middle >= shown().from && middle <= shown().to ? middle : undefined;
  };
  const steps = {
    "+": () => look(zoom(shown(), whole, CLOSER, centre())),
    "=": () => steps["+"](),
    "-": () => look(zoom(shown(), whole, 1 / CLOSER, centre())),
    0: () => look(whole),
    ArrowLeft: () => zoomed && look(pan(shown(), whole, -0.25)),
    ArrowRight: () => zoomed && look(pan(shown(), whole, 0.25)),
    z: () => list.chosen() && zoomTo(list.chosen()),
  };

  function onKey(event) {
    steps[event.key]?.();
    return Object.hasOwn(steps, event.key);
  }

  function zoomTo(row) {
    look(around(row.start, row.end ?? now, whole));
  }

  const tools = toolbar(steps);
  axis.onDrag((from, to) => {
    const at = (share) => shown().from + (shown().to - shown().from) * share;
    look(spanOf(at(from), at(to)));
  });
  const meanings = h("ul", { class: "wf-legend help", "aria-label": "What is drawn" });
  const sizes = new ResizeObserver(draw);
  sizes.observe(axis.element);
  signal.addEventListener("abort", () => sizes.disconnect());

  return {
    element: h("div", { class: "wf-part" }, tools.element, frame, meanings),
    zoomTo,
    choose: list.choose,
    chosen: list.chosen,
    /** Shows these rows as they are at `at`; a span that was zoomed to stays. */
    set(next, at) {
      [rows, now] = [next, at];
      measure();
      list.set(rows);
      const kinds = new Set(rows.map((row) => row.kind));
      if (kinds.size !== meanings.childElementCount) meanings.replaceChildren(...legend(kinds));
      draw();
    },
    /** Time goes on: what runs grows. */
    tick(at) {
      now = at;
      measure();
      draw();
    },
  };

  function measure() {
    const { from, to } = extent(rows, now);
    whole = spanOf(from, to);
  }
}

function toolbar(steps) {
  const all = button("Show all", steps[0]);
  const element = h("div", { class: "wf-tools", role: "group", "aria-label": "Zoom" },
    button("Zoom in", steps["+"]), button("Zoom out", steps["-"]), all,
    h("p", { class: "help wf-keys" }, "Keys: ↑ ↓ rows, + − zoom, 0 all, ← → move, z zoom to the row. Or drag over the axis."));
  return {
    element,
    update(isZoomed) {
      if (isZoomed) all.removeAttribute("aria-disabled");
      else all.setAttribute("aria-disabled", "true");
    },
  };
}

function axisOf() {
  const marks = svg("svg", { class: "wf-ticks", "aria-hidden": "true" });
  const lines = svg("svg", { class: "wf-lines", "aria-hidden": "true" });
  const chosen = h("div", { class: "wf-drag", hidden: true });
  const lane = h("div", { class: "wf-axis-lane" }, marks, chosen);
  const element = h("div", { class: "wf-axis" }, lane);
  const grid = h("div", { class: "wf-grid" }, lines);
  /** The lane's width, and the room that is left behind its end for words. */
  const size = () => {
    const [all, own] = [element.getBoundingClientRect(), lane.getBoundingClientRect()];
    return { width: own.width, room: Math.max(0, all.right - own.right) };
  };

  function draw(shown, zero, width) {
    const found = ticks(shown, zero, Math.max(2, Math.floor(width / TICK_ROOM)));
    marks.replaceChildren(...found.map(({ at, text }) => tickText(place(shown, at), text)));
    lines.replaceChildren(...found.map(({ at }) => {
      const x = `${place(shown, at)}%`;
      return svg("line", { x1: x, x2: x, y1: 0, y2: "100%" });
    }));
  }
  return { element, grid, draw, size, onDrag: (take) => dragged(lane, chosen, take) };
}

const tickText = (x, text) =>
  svg("text", { x: `${x}%`, y: "60%", "text-anchor": x < 5 ? "start" : x > 93 ? "end" : "middle" }, text);

/** A span of the axis chosen with the pointer; keys do the same by zooming and moving. */
function dragged(lane, chosen, take) {
  let start = null;
  const share = (event) => {
    const { left, width } = lane.getBoundingClientRect();
    return Math.min(1, Math.max(0, (event.clientX - left) / width));
  };
  const ends = (event) => [start, share(event)].sort((a, b) => a - b);
  lane.addEventListener("pointerdown", (event) => {
    if (event.button !== 0) return;
    start = share(event);
    lane.setPointerCapture(event.pointerId);
  });
  lane.addEventListener("pointermove", (event) => {
    if (start === null) return;
    const [from, to] = ends(event);
    chosen.hidden = false;
    chosen.style.setProperty("--from", `${from * 100}%`);
    chosen.style.setProperty("--to", `${to * 100}%`);
  });
  const end = (event) => {
    if (start === null) return;
    const [from, to] = ends(event);
    start = null;
    chosen.hidden = true;
    if (event.type === "pointerup" && to - from > 0.01) take(from, to);
  };
  lane.addEventListener("pointerup", end);
  lane.addEventListener("pointercancel", end);
}
