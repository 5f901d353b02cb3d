// A long list of which one row is chosen, by click or by keys. The list is one stop of the Tab key.

import { h } from "../base/dom.js";
import { windowed } from "./windowed.js";

const PAGE = 10;

/**
 * `draw(button, item)` gives a function that shows an item in its row; `onChoose(item)` hears of what
 * a person chooses; `onKey(name)` says whether it has used a key.
 */
export function picker({ label, look, frame, key, draw, onChoose, onKey = () => false }, signal) {
  let items = [];
  let chosen = null;
  const list = h("ol", { class: `rows ${look}`, "aria-label": label, onkeydown: keys });
  /** The row that the Tab key leads to. */
  const entry = () => chosen ?? (items.length > 0 ? key(items[0]) : null);
  const rows = windowed(list, { key, make, frame, held: entry }, signal);

  function make(item) {
    const button = h("button", { type: "button", class: "pick", onclick: () => pick(item) });
    const show = draw(button, item);
    return {
      element: h("li", {}, button),
      set(now) {
        item = now;
        button.tabIndex = key(now) === entry() ? 0 : -1;
        if (key(now) === chosen) button.setAttribute("aria-current", "true");
        else button.removeAttribute("aria-current");
        show(now);
      },
    };
  }

  function pick(item) {
    chosen = key(item);
    rows.paint();
    onChoose(item);
  }

  function keys(event) {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const at = items.findIndex((item) => key(item) === event.target.closest("[data-key]").dataset.key);
    const to = { ArrowDown: at + 1, ArrowUp: at - 1, PageDown: at + PAGE, PageUp: at - PAGE, Home: 0, End: items.length - 1 }[event.key];
    if (to === undefined && !onKey(event.key)) return;
    event.preventDefault();
    if (to === undefined) return;
    const item = items[Math.max(0, Math.min(items.length - 1, to))];
    pick(item);
    const row = rows.element(key(item));
    row.scrollIntoView({ block: "nearest" });
    row.firstElementChild.focus({ preventScroll: true });
  }

  return {
    list,
    paint: rows.paint,
    set(next) {
      items = next;
      rows.set(items);
    },
    /** Chooses a row and brings it into sight within its frame. */
    choose(name) {
      chosen = name;
      rows.paint();
      const row = rows.element(name);
      if (row) frame.scrollTop = row.offsetTop - frame.clientHeight / 2;
    },
    chosen: () => items.find((item) => key(item) === chosen) ?? null,
  };
}
