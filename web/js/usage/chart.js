// Tokens over time, as stacked bars that can be looked at one by one, with the pointer or the keyboard.

import { h, svg } from "../base/dom.js";
import { tickName } from "./moments.js";
import { short } from "./numbers.js";
import { column, columnAt, frame, height, stacks } from "./stack.js";
import { roundTicks, timeTicks } from "./ticks.js";

const HEIGHTS = { wide: 330, narrow: 240 };
const LABEL = 64;
const SPAN_OF = 10;
const KEYS = { ArrowLeft: -1, ArrowDown: -1, ArrowRight: 1, ArrowUp: 1, PageUp: -SPAN_OF, PageDown: SPAN_OF };

/** `onChoose` gets the place of the bar that is looked at, or null; `describe` says one in words. */
export function chart({ signal, onChoose, describe }) {
  const place = h("div", {
    class: "usage-chart", role: "slider", tabindex: "0", "aria-label": "Tokens over time, bar by bar", "aria-orientation": "horizontal",
  });
  let shown = null;
  let chosen = null;
  let width = 0;
  const watch = new ResizeObserver(([entry]) => {
    if (Math.abs(entry.contentRect.width - width) < 1) return;
    width = entry.contentRect.width;
    paint();
  });
  watch.observe(place);
  signal.addEventListener("abort", () => watch.disconnect());

  function paint() {
    if (shown === null || width === 0) return;
    const room = roomOf(width);
    place.replaceChildren(drawing(shown, room, width));
    pick(chosen);
  }

  /** Looks at a bar. */
  function pick(at) {
    const { bars } = shown;
    chosen = at === null ? null : Math.min(bars.length - 1, Math.max(0, at));
    place.setAttribute("aria-valuemin", "1");
    place.setAttribute("aria-valuemax", String(bars.length));
    place.setAttribute("aria-valuenow", String((chosen ?? bars.length - 1) + 1));
    place.setAttribute("aria-valuetext", describe(chosen));
    wash(place, chosen === null ? null : column(roomOf(width), bars.length, chosen));
    onChoose(chosen);
  }

  const pointed = (event) => columnAt(roomOf(width), shown.bars.length, event.clientX - place.getBoundingClientRect().left);
  const point = (event) => { if (shown && pointed(event) !== chosen) pick(pointed(event)); };
  place.addEventListener("pointermove", point);
  place.addEventListener("pointerdown", point);
  place.addEventListener("pointerleave", (event) => {
    if (shown && event.pointerType === "mouse" && document.activeElement !== place) pick(null);
  });
  place.addEventListener("focus", () => { if (shown && chosen === null) pick(lastUsed(shown.bars)); });
  place.addEventListener("blur", () => { if (shown) pick(null); });
  place.addEventListener("keydown", (event) => {
    const to = target(event.key, chosen, shown?.bars);
    if (to === undefined) return;
    event.preventDefault();
    pick(to);
  });

  return {
    element: place,
    chosen: () => chosen,
    /** Draws `{ bars, cut }`; the bar that was looked at stays the one. */
    draw(next) {
      const from = chosen === null ? null : shown.bars[chosen].from;
      shown = next;
      chosen = from === null ? null : Math.max(0, next.bars.findIndex((bar) => bar.from === from));
      paint();
    },
    /** Brings one model to the front, or none. */
    stress(part) {
      for (const path of place.querySelectorAll("[data-part]")) {
        path.classList.toggle("faint", part !== null && path.dataset.part !== String(part));
      }
    },
  };
}

const heightOf = (width) => (width > 560 ? HEIGHTS.wide : HEIGHTS.narrow);
const roomOf = (width) => frame(width, heightOf(width));

function target(key, chosen, bars) {
  if (!bars) return undefined;
  if (key === "Escape") return chosen === null ? undefined : null;
  if (key === "Home") return 0;
  if (key === "End") return bars.length - 1;
  return key in KEYS ? (chosen ?? bars.length) + KEYS[key] : undefined;
}

function lastUsed(bars) {
  const last = bars.findLastIndex((bar) => bar.calls > 0);
  return last === -1 ? bars.length - 1 : last;
}

function wash(place, at) {
  const shade = place.querySelector(".usage-wash");
  shade?.setAttribute("width", at === null ? 0 : at.step);
  if (at !== null) shade?.setAttribute("x", at.x);
}

function drawing({ bars, cut }, room, width) {
  const ticks = roundTicks(Math.max(...bars.map((bar) => bar.in + bar.out)));
  const parts = bars[0].parts.map((_, part) => part);
  const high = heightOf(width);
  return svg("svg", { width, height: high, viewBox: `0 0 ${width} ${high}`, "aria-hidden": "true", focusable: "false" },
    svg("defs", {}, ...parts.map(hatch)),
    ...ticks.map((tick) => level(tick, room, ticks.at(-1), width)),
    svg("rect", { class: "usage-wash", x: room.x, y: room.y, width: 0, height: room.height }),
    ...stacks(bars, room, ticks.at(-1)).map(({ part, direction, d }) =>
      svg("path", { class: `usage-piece hue-${hue(part)} ${direction}`, "data-part": part, d, fill: direction === "out" ? `url(#usage-hatch-${hue(part)})` : null })),
    ...timeTicks(cut.edges, cut.minutes, Math.floor(room.width / LABEL)).map((at) => word(at, bars, cut, room)));
}

const HUES = 9;
/** The colour of a model by its rank; the ninth is that of all others. */
export const hue = (part) => Math.min(part, HUES - 1);

function hatch(part) {
  return svg("pattern", { id: `usage-hatch-${hue(part)}`, class: `hue-${hue(part)}`, width: 5, height: 5, patternUnits: "userSpaceOnUse", patternTransform: "rotate(45)" },
    svg("rect", { class: "usage-pale", width: 5, height: 5 }),
    svg("rect", { class: "usage-stripe", width: 2, height: 5 }));
}

function level(tick, room, top, width) {
  const y = Math.round(room.y + room.height - height(room, tick, top)) + 0.5;
  return svg("g", {},
    svg("line", { class: tick === 0 ? "usage-base" : "usage-level", x1: room.x, x2: width, y1: y, y2: y }),
    svg("text", { class: "usage-tick", x: room.x - 8, y: y + 4, "text-anchor": "end" }, short(tick)));
}

function word(at, bars, cut, room) {
  const { x, step } = column(room, bars.length, at);
  // A day's name stands below its bar, a time where it begins.
  const middle = cut.minutes >= 1440 ? x + step / 2 : x;
  const near = Math.min(room.x + room.width - 16, Math.max(room.x + 8, middle));
  return svg("g", {},
    cut.minutes >= 1440 ? null : svg("line", { class: "usage-base", x1: x, x2: x, y1: room.y + room.height, y2: room.y + room.height + 4 }),
    svg("text", { class: "usage-tick", x: near, y: room.y + room.height + 18, "text-anchor": "middle" }, tickName(cut.edges[at], cut.minutes, cut.utc)));
}
