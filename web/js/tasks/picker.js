// A long list of which one row is chosen, by click or by keys, and what is known of that one. The Tab key stops at the
// list once. All rows are as high as its `--row` says; only those in sight, and some around them, are drawn.

import { h, redraw } from "../base/dom.js";
import { keyed } from "./keyed.js";

const PAGE = 10;
const AROUND = 12;

/** Which of `count` rows to draw, where `top` pixels of them are above the `sight` pixels that are seen. */
export function visible({ count, top, sight, height }) {
  if (!(height > 0)) return { from: 0, to: 0 };
  const within = (index) => Math.max(0, Math.min(count, index));
  return { from: within(Math.floor(top / height) - AROUND), to: within(Math.ceil((top + sight) / height) + AROUND) };
}

/** `draw(button, item)` shows an item, `about(item)` gives what is known of it; `head` stays above the rows. */
export function picker({ label, look, head = null, key, draw, about }, signal) {
  let items = [];
  let chosen = null;
  let told = null;
  let due = 0;
  const list = h("ol", { class: `rows ${look}`, "aria-label": label, onclick, onkeydown });
  const frame = h("div", { class: "pick-frame", onscroll: soon }, head, list);
  const facts = h("div", { class: "pick-facts" });
  const size = new ResizeObserver(soon);

  const placeOf = (name) => items.findIndex((item) => key(item) === name);
  const placeIn = ({ target }) => placeOf(target.closest("li")?.dataset.key);
  const height = () => list.offsetHeight / items.length;

  function paint() {
    const entry = Math.max(0, placeOf(chosen));
    const [count, top, sight] = [items.length, frame.scrollTop, frame.clientHeight];
    const { from, to } = visible({ count, top, sight, height: height() });
    const places = [...items.keys()].filter((at) => (at >= from && at < to) || at === entry);
    keyed(list, places, (at) => key(items[at]), (row, at) => {
      row.style.setProperty("--at", at);
      row.setAttribute("aria-posinset", at + 1);
      row.setAttribute("aria-setsize", count);
      if (!row.hasChildNodes()) row.append(h("button", { type: "button", class: "pick" }));
      const button = row.firstChild;
      button.tabIndex = at === entry ? 0 : -1;
      button.ariaCurrent = key(items[at]) === chosen ? "true" : null;
      draw(button, items[at]);
    });
  }

  function soon() {
    cancelAnimationFrame(due);
    due = requestAnimationFrame(paint);
  }

  function pick(at) {
    told = items[at];
    chosen = key(told);
    paint();
    facts.replaceChildren(...about(told));
  }

  function onclick(event) {
    const at = placeIn(event);
    if (at >= 0) pick(at);
  }

  function onkeydown(event) {
    const at = placeIn(event);
    const last = items.length - 1;
    const keys = { ArrowDown: at + 1, ArrowUp: at - 1, PageDown: at + PAGE, PageUp: at - PAGE, Home: 0, End: last };
    const to = keys[event.key];
    if (to === undefined || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    pick(Math.max(0, Math.min(last, to)));
    const button = list.querySelector("[aria-current]");
    button.scrollIntoView({ block: "nearest" });
    button.focus({ preventScroll: true });
  }

  size.observe(frame);
  signal.addEventListener("abort", () => {
    size.disconnect();
    cancelAnimationFrame(due);
  });

  return {
    element: h("div", { class: "picker" }, frame, facts),
    chosen: () => chosen,
    set(next) {
      items = next;
      list.style.setProperty("--count", items.length);
      paint();
      const now = items[placeOf(chosen)];
      if (now !== undefined && now !== told) redraw(facts, ...about(told = now));
    },
    /** Chooses a row and brings it into sight within its frame. */
    choose(name) {
      const at = placeOf(name);
      frame.scrollTop = at * height() - frame.clientHeight / 2;
      pick(at);
    },
  };
}
