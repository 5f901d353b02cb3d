// Tokens over time as stacked bars, which can be looked at one by one with the pointer or the keyboard.
// For each model stands what went in, and paler on top of it what came out.

import { h, svg } from "../base/dom.js";
import { short } from "./numbers.js";
import { tickName, ticks } from "./spans.js";
import { roundTicks } from "./sums.js";

const ROOM = { left: 46, right: 6, top: 10, bottom: 24 };
/** The room that a word below the axis takes. */
const LABEL = 64;

/** `onPick` gets the place of the bar that is looked at, or null, and gives it back in words. */
export function chart(onPick, signal) {
  const picture = h("div", {});
  const slider = h("input", { type: "range", class: "unseen", "aria-label": "Tokens over time, bar by bar", min: 0 });
  const element = h("div", { class: "usage-chart" }, slider, picture);
  let shown = null;
  let picked = null;
  const watch = new ResizeObserver(paint);
  watch.observe(picture);
  signal.addEventListener("abort", () => watch.disconnect());

  function paint() {
    if (shown === null || picture.clientWidth === 0) return;
    picture.replaceChildren(drawing(shown, picture.clientWidth));
    pick(picked);
  }

  function pick(place) {
    picked = place;
    for (const bar of picture.querySelectorAll(".usage-bar")) bar.classList.toggle("picked", bar.dataset.bar === String(place));
    slider.max = shown.bars.length - 1;
    slider.value = place ?? slider.max;
    slider.setAttribute("aria-valuetext", onPick(place));
  }

  slider.addEventListener("input", () => pick(Number(slider.value)));
  slider.addEventListener("focus", () => pick(picked ?? Math.max(0, shown.bars.findLastIndex(({ calls }) => calls > 0))));
  slider.addEventListener("blur", () => pick(null));
  picture.addEventListener("pointerover", ({ target }) => {
    const bar = target.closest(".usage-bar");
    if (bar !== null) pick(Number(bar.dataset.bar));
  });
  picture.addEventListener("pointerleave", ({ pointerType }) => {
    if (pointerType === "mouse" && document.activeElement !== slider) pick(null);
  });

  return {
    element,
    /** Draws `{ bars, span }`; the bar that was looked at stays the one while it is there. */
    draw(next) {
      const at = picked === null ? -1 : next.bars.findIndex(({ from }) => from === shown.bars[picked].from);
      picked = at < 0 ? null : at;
      shown = next;
      paint();
    },
  };
}

function drawing({ bars, span }, width) {
  const height = width > 560 ? 330 : 240;
  const floor = height - ROOM.bottom;
  const step = (width - ROOM.left - ROOM.right) / bars.length;
  const levels = roundTicks(Math.max(...bars.map((bar) => bar.in + bar.out)));
  const scale = (floor - ROOM.top) / levels.at(-1);
  const level = (tokens) => svg("g", { transform: `translate(0 ${Math.round(floor - tokens * scale) + 0.5})` },
    svg("line", { x1: ROOM.left, x2: width }), svg("text", { x: ROOM.left - 8, y: 4, "text-anchor": "end" }, short(tokens)));
  const word = (place) => svg("text", { x: ROOM.left + (place + 0.5) * step, y: floor + 18, "text-anchor": "middle" }, tickName(bars[place].from, span.bar));
  const column = (bar, place) => svg("g", { class: "usage-bar", "data-bar": place, transform: `translate(${ROOM.left + place * step} 0)` },
    svg("rect", { class: "usage-wash", y: ROOM.top, width: step, height: floor - ROOM.top }),
    ...pieces(bar, scale, floor, step));
  return svg("svg", { width, height, "aria-hidden": "true" }, ...levels.map(level), ...bars.map(column),
    ...ticks(bars.map(({ from }) => from), span, Math.floor(width / LABEL)).map(word));
}

/** What a bar is made of, from its foot on. Any bar with something in it can be seen. */
function pieces(bar, scale, floor, step) {
  const gap = Math.min(6, step * 0.22);
  const stretch = Math.max(scale, 1.5 / Math.max(1, bar.in + bar.out));
  let y = floor;
  return bar.parts.flatMap((part, place) => ["in", "out"].map((direction) => {
    const height = part[direction] * stretch;
    y -= height;
    return height === 0 ? null : svg("rect", { class: `${direction} ${hue(place)}`, x: gap / 2, y, width: step - gap, height });
  }));
}

/** The colour of a model by its rank. */
export const hue = (place) => `hue-${place}`;
