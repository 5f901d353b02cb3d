// One row of the waterfall: what it is called, and its bar drawn as SVG.

import { h, svg } from "../base/dom.js";
import { bar, place } from "./scale.js";
import { label, look, rest, tail } from "./sentences.js";
import { textPlace } from "./textplace.js";

/** About how wide a character of the words is, in pixels. */
const CHARACTER = 6.2;
const DEEPEST = 9;
const SHAPES = {
  task: "M2 3h8v6H2z",
  attempt: "M2 6h6M6 3l3 3-3 3",
  call: "M7 1 2.500 7H6l-1 4 4.500-6H6z",
  memory: "M6 2l4 4-4 4-4-4z",
  workflow: "M6 2a4 4 0 1 0 4 4M10 2v4H6",
};

const shapeOf = (kind) =>
  svg("svg", { class: "wf-shape", viewBox: "0 0 12 12", "aria-hidden": "true" }, svg("path", { d: SHAPES[kind] }));

const LEGEND = [
  ["task", "task"], ["attempt", "try"], ["call", "engine call, pale until its first byte"], ["memory", "memory"], ["workflow", "workflow"],
];

/** What the shapes and colours of those `kinds` mean. */
export const legend = (kinds) => LEGEND.filter(([kind]) => kinds.has(kind))
  .map(([kind, words]) => h("li", { "data-kind": kind }, shapeOf(kind), words));

/** Draws a row into its button; `axis()` gives `{ shown, zero, now, width, room }`. */
export function barRow(axis, isMine) {
  return (button, first) => {
    const name = h("span", { class: "wf-name", dir: "auto" });
    const more = h("span", { class: "wf-more", dir: "auto" });
    const lane = drawing(first);
    const said = h("span", { class: "unseen" });
    button.append(h("span", { class: "wf-label" }, shapeOf(first.kind), name, more), said, lane.element);
    button.dataset.kind = first.kind;
    button.style.setProperty("--level", Math.min(first.level, DEEPEST));

    return (row) => {
      const words = label(row);
      write(name, words.name);
      write(more, words.more);
      button.dataset.look = look(row);
      button.toggleAttribute("data-mine", isMine(row));
      write(said, rest(row, axis().zero, axis().now));
      lane.set(row, axis());
    };
  };
}

function drawing({ kind }) {
  const wait = svg("rect", { class: "wf-wait", y: "26%", height: "48%", rx: 2 });
  const body = svg("rect", { class: "wf-bar", y: "26%", height: "48%", rx: 2 });
  const mark = svg("line", { class: "wf-first", y1: "14%", y2: "86%" });
  const dot = kind === "memory" ? svg("circle", { class: "wf-dot", cy: "50%", r: 4 }) : null;
  const text = svg("text", { class: "wf-text", y: "50%", dy: ".35em" });
  const element = svg("svg", { class: "wf-lane", "aria-hidden": "true" }, kind === "call" ? wait : null, body, kind === "call" ? mark : null, dot, text);

  function setRow(row, { shown, now, width, room }) {
    const at = bar(shown, row.start, row.end ?? now);
    element.toggleAttribute("data-outside", at === null);
    if (at === null) {
      outside(text, row, shown);
      return;
    }
    const first = firstByte(row, shown, at);
    stretch(body, first ?? at.from, at.to);
    if (kind === "call") {
      stretch(wait, at.from, first ?? at.from);
      for (const end of ["x1", "x2"]) set(mark, end, `${first ?? at.from}%`);
      mark.toggleAttribute("hidden", first === null);
    }
    if (dot) set(dot, "cx", `${at.from}%`);
    words(text, tail(row, now), at, { width, room, isDot: dot !== null });
  }
  return { element, set: setRow };
}

/** Where the first byte of an engine's answer came, in percent; null where it is not in sight. */
function firstByte(row, shown, at) {
  const after = row.item.first_byte_ms;
  if (row.kind !== "call" || !(after > 0)) return null;
  const x = place(shown, row.start + Math.min(after, row.item.duration_ms ?? after));
  return x < at.from || x > at.to ? null : x;
}

function stretch(rect, from, to) {
  set(rect, "x", `${from}%`);
  set(rect, "width", `${Math.max(0, to - from)}%`);
}

function words(text, said, at, { width, room, isDot }) {
  const percent = (pixels) => (width > 0 ? (pixels / width) * 100 : 20);
  const { x, anchor, dx, inside } = textPlace(at, percent(said.length * CHARACTER + 12), percent(room));
  set(text, "x", `${x}%`);
  set(text, "dx", dx * (isDot ? 1.6 : 1));
  set(text, "text-anchor", anchor);
  text.toggleAttribute("data-inside", inside);
  write(text, said);
}

/** Zoomed past it: an arrow says where it lies. */
function outside(text, row, shown) {
  const before = row.start < shown.from;
  set(text, "x", before ? "0%" : "100%");
  set(text, "dx", before ? 2 : -2);
  set(text, "text-anchor", before ? "start" : "end");
  write(text, before ? "←" : "→");
}

function write(element, text) {
  if (element.textContent !== text) element.textContent = text;
}

function set(element, name, value) {
  if (element.getAttribute(name) !== String(value)) element.setAttribute(name, value);
}
