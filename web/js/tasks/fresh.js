// Which rows have just come: marked for a while, calmly.

const NEW_MS = 6000;

/** `onChange` is called when marks come or go. */
export function freshness(onChange, signal) {
  const ids = new Set();
  const timers = new Set();
  signal.addEventListener("abort", () => timers.forEach(clearTimeout));
  return {
    has: (id) => ids.has(id),
    add(added) {
      if (added.size === 0) return;
      for (const id of added) ids.add(id);
      onChange();
      timers.add(setTimeout(() => {
        for (const id of added) ids.delete(id);
        onChange();
      }, NEW_MS));
    },
  };
}
