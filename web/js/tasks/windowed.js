// A list of which only the rows in sight, and some around them, are drawn. All rows are as high as
// the list's `--row` says; each keeps its element, and so the keyboard's focus, while others come and go.

/** Rows drawn above and below what is in sight. */
const AROUND = 12;

/**
 * The rows from `from` up to `to`: `top` is how far the list's begin lies above the top of what is
 * in sight (negative below it), `sight` how high that is, `height` a row's, all in pixels.
 */
export function visible({ count, top, sight, height }, around = AROUND) {
  if (!(height > 0)) return { from: 0, to: 0 };
  const within = (index) => Math.max(0, Math.min(count, index));
  return { from: within(Math.floor(top / height) - around), to: within(Math.ceil((top + sight) / height) + around) };
}

/**
 * `make(item)` gives `{ element, set(item) }`, `key(item)` the words that make it the same row,
 * `held()` the key of a row that is drawn wherever it is. `frame` is what scrolls: the page where it is null.
 */
export function windowed(list, { key, make, held = () => null, frame = null }, signal) {
  let items = [];
  let due = 0;
  const drawn = new Map();

  /** `anew` shows all rows again; else those that stay are left as they are. */
  function paint(anew = true) {
    cancelAnimationFrame(due);
    due = 0;
    const places = wanted();
    for (const [name, { element }] of drawn) {
      if (places.has(name)) continue;
      element.remove();
      drawn.delete(name);
    }
    let next = list.firstElementChild;
    for (const [name, index] of places) {
      const { element } = row(name, index, anew);
      if (element === next) next = next.nextElementSibling;
      else list.insertBefore(element, next);
    }
  }

  const range = (around) => visible({ count: items.length, height: list.offsetHeight / items.length, ...sight(list, frame) }, around);

  /** The keys of the rows to draw, with their places, in order. */
  function wanted() {
    const { from, to } = range();
    const focused = list.contains(document.activeElement) ? document.activeElement.closest("[data-key]")?.dataset.key : null;
    const kept = [held(), focused];
    return new Map(items.flatMap((item, index) => {
      const name = key(item);
      return (index >= from && index < to) || kept.includes(name) ? [[name, index]] : [];
    }));
  }

  function row(name, index, anew) {
    const isNew = !drawn.has(name);
    if (isNew) drawn.set(name, make(items[index]));
    const it = drawn.get(name);
    if (!isNew && !anew) return it;
    it.element.dataset.key = name;
    it.element.style.setProperty("--at", index);
    it.element.setAttribute("aria-posinset", index + 1);
    it.element.setAttribute("aria-setsize", items.length);
    it.set(items[index]);
    return it;
  }

  const soon = () => { due ||= requestAnimationFrame(() => paint(false)); };
  (frame ?? window).addEventListener("scroll", soon, { passive: true, signal });
  const size = new ResizeObserver(soon);
  size.observe(frame ?? document.documentElement);
  signal.addEventListener("abort", () => {
    size.disconnect();
    cancelAnimationFrame(due);
  });

  return {
    paint,
    set(next) {
      items = next;
      list.style.setProperty("--count", items.length);
      paint();
    },
    inSight() {
      const { from, to } = range(0);
      return items.slice(from, to);
    },
    element: (name) => drawn.get(name)?.element ?? null,
  };
}

function sight(list, frame) {
  const { top } = list.getBoundingClientRect();
  if (frame === null) return { top: -top, sight: innerHeight };
  return { top: frame.getBoundingClientRect().top - top, sight: frame.clientHeight };
}
