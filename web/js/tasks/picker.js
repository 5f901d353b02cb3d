// A long list of which one row is chosen, by click or by keys. The list is one stop of the Tab key.

import { h } from "../base/dom.js";
import { windowed } from "./windowed.js";

const PAGE = 10;

/**
 * `draw(button, item)` gives a function that shows an item in its row; `onChoose(item)` is told of
 * each choice that a person makes; `onKey(event, item)` says whether it has used a key.
 */
export function picker({ label, look, key, draw, frame, onChoose, onKey = () => false }, signal) {
  let items = [];
  let chosen = null;
  const list = h("ol", { class: `rows ${look}`, "aria-label": label, onkeydown: keys });
  const rows = windowed(list, { key, make, frame, held: () => (items.length === 0 ? [] : [chosen ?? key(items[0])]) }, signal);

  function make(item) {
    const button = h("button", { type: "button", class: "pick", onclick: () => choose(key(item), true) });
    const show = draw(button, item);
    return {
      element: h("li", {}, button),
      set(now) {
        const isChosen = key(now) === chosen;
        button.tabIndex = isChosen || (chosen === null && now === items[0]) ? 0 : -1;
        if (isChosen) button.setAttribute("aria-current", "true");
        else button.removeAttribute("aria-current");
        show(now);
      },
    };
  }

  function choose(name, byPerson) {
    const index = rows.indexOf(name);
    if (index < 0) return;
    chosen = name;
    rows.paint();
    if (byPerson) onChoose(items[index]);
  }

  function keys(event) {
    if (event.ctrlKey || event.metaKey || event.altKey || items.length === 0) return;
    const at = rows.indexOf(event.target.closest("[data-key]")?.dataset.key);
    const to = { ArrowDown: at + 1, ArrowUp: at - 1, PageDown: at + PAGE, PageUp: at - PAGE, Home: 0, End: items.length - 1 }[event.key];
    if (to === undefined) {
      if (onKey(event, items[at])) event.preventDefault();
      return;
    }
    event.preventDefault();
    const name = key(items[Math.min(items.length - 1, Math.max(0, to))]);
    choose(name, true);
    reveal(name).focus({ preventScroll: true });
  }

  function reveal(name) {
    const row = rows.element(name);
    row.scrollIntoView({ block: "nearest" });
    return row.querySelector(".pick");
  }

  return {
    list,
    set(next) {
      items = next;
      if (chosen !== null && !items.some((item) => key(item) === chosen)) chosen = null;
      rows.set(items);
    },
    touch: rows.touch,
    /** Chooses a row and brings it into sight within its frame. */
    choose(name) {
      choose(name, false);
      const row = rows.element(name);
      if (row && frame) frame.scrollTop = Math.max(0, row.offsetTop - frame.clientHeight / 2);
    },
    chosen: () => items[rows.indexOf(chosen)] ?? null,
  };
}
