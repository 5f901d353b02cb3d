// Lists of which each row keeps its element, and so the keyboard's focus, while others come and go.

import { h } from "../base/dom.js";

/** Makes `list` hold a row for each item, in order: `draw(row, item)` shows it, `key(item)` makes it the same row. */
export function keyed(list, items, key, draw) {
  const known = new Map([...list.children].map((row) => [row.dataset.key, row]));
  const rows = items.map((item) => {
    const name = key(item);
    const row = known.get(name) ?? h("li", { "data-key": name });
    known.delete(name);
    draw(row, item);
    return row;
  });
  for (const gone of known.values()) gone.remove();
  rows.forEach((row, at) => {
    if (list.children[at] !== row) list.insertBefore(row, list.children[at] ?? null);
  });
}
