// A list of which only the rows in sight are drawn. All rows are as high as the list's `--row` says,
// and each keeps its element, and so the keyboard's focus, when others come and go around it.

import { visible, wanted } from "./windowing.js";

/**
 * `make(item)` gives `{ element, set(item) }`, `key(item)` what makes it the same row; `held()` the
 * keys that are drawn wherever they are. `frame` is what scrolls: the page where it is null.
 */
export function windowed(list, { key, make, held = () => [], frame = null }, signal) {
  let items = [];
  let places = new Map();
  const drawn = new Map();
  let due = 0;

  /** `anew` shows all rows again; else those that stay are left as they are. */
  function paint(anew) {
    cancelAnimationFrame(due);
    due = 0;
    const height = items.length === 0 ? 0 : list.offsetHeight / items.length;
    const range = visible({ count: items.length, height, ...sight(list, frame) });
    const indexes = wanted(range, [...held(), focused()].map((each) => places.get(each) ?? -1));
    drop(new Set(indexes.map((index) => key(items[index]))));
    let next = list.firstElementChild;
    for (const index of indexes) {
      const { element } = row(index, anew);
      if (element === next) next = next.nextElementSibling;
      else list.insertBefore(element, next);
    }
  }

  function row(index, anew) {
    const item = items[index];
    const name = key(item);
    if (drawn.has(name) && !anew) return drawn.get(name);
    if (!drawn.has(name)) drawn.set(name, made(item, name));
    const it = drawn.get(name);
    it.element.style.setProperty("--at", index);
    it.element.setAttribute("aria-posinset", index + 1);
    it.element.setAttribute("aria-setsize", items.length);
    it.set(item);
    return it;
  }

  function made(item, name) {
    const it = make(item);
    it.element.dataset.key = name;
    return it;
  }

  function drop(keep) {
    for (const [name, { element }] of drawn) {
      if (keep.has(name)) continue;
      element.remove();
      drawn.delete(name);
    }
  }

  const focused = () => (list.contains(document.activeElement) ? document.activeElement.closest("[data-key]")?.dataset.key : undefined);

  const soon = () => { due ||= requestAnimationFrame(() => paint(false)); };
  (frame ?? window).addEventListener("scroll", soon, { passive: true, signal });
  const size = new ResizeObserver(soon);
  size.observe(frame ?? document.documentElement);
  signal.addEventListener("abort", () => {
    size.disconnect();
    cancelAnimationFrame(due);
  });

  return {
    paint: () => paint(true),
    set(next) {
      items = next;
      places = new Map(items.map((item, index) => [key(item), index]));
      list.style.setProperty("--count", items.length);
      paint(true);
    },
    /** Draws anew what is drawn already: something that all rows show has changed. */
    touch() {
      for (const [name, it] of drawn) it.set(items[places.get(name)]);
    },
    indexOf: (name) => places.get(name) ?? -1,
    element: (name) => drawn.get(name)?.element ?? null,
  };
}

/** How much of the list lies above what is in sight, and how high that is. */
function sight(list, frame) {
  const { top } = list.getBoundingClientRect();
  if (frame === null) return { top: -top, sight: innerHeight };
  return { top: frame.getBoundingClientRect().top - top, sight: frame.clientHeight };
}
