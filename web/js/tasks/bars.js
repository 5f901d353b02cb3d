// One row of the waterfall: what it is called, and its bar.

import { h, say } from "../base/dom.js";
import { toneOf } from "../base/state.js";
import { place, roomFor } from "./scale.js";
import { label, rest, stateOf, tail } from "./sentences.js";

const DEEPEST = 9;

/** Draws a row into its button; `axis()` gives `{ shown, zero, now }`, `mine` is the key of the row that the page is about. */
export function barRow(button, { kind, level }, axis, mine) {
  const [name, more] = ["wf-name", "wf-more"].map((look) => h("span", { class: look, dir: "auto" }));
  const said = h("span", { class: "unseen" });
  const words = h("span", { class: "wf-words" });
  const lane = h("span", { class: "wf-lane", "aria-hidden": "true" }, h("span", { class: "wf-bar" }), words);
  button.append(h("span", { class: "wf-label" }, name, more), said, lane);
  button.dataset.kind = kind;
  button.style.setProperty("--level", Math.min(level, DEEPEST));

  return (row) => {
    const { shown, zero, now } = axis();
    const [from, to] = [place(shown, row.start), place(shown, row.end ?? now)];
    const room = roomFor(from, to);
    const [called, besides] = label(row);
    say(name, called);
    say(more, besides);
    say(said, rest(row, zero, now));
    // Zoomed past it: an arrow says where it lies.
    say(words, to < 0 ? "←" : from > 100 ? "→" : tail(row, now));
    button.dataset.tone = toneOf(stateOf(row));
    button.toggleAttribute("data-open", row.end === null);
    button.toggleAttribute("data-mine", row.key === mine);
    words.dataset.at = room.where;
    const values = { from, length: to - from, first: firstByte(row), left: room.left, right: room.right };
    for (const [key, value] of Object.entries(values)) lane.style.setProperty(`--${key}`, `${value}%`);
  };
}

/** How much of an engine call had passed when its first byte came, in percent. */
const firstByte = ({ kind, item }) =>
  kind === "call" && item.duration_ms > 0 ? Math.min(100, (item.first_byte_ms / item.duration_ms) * 100) : 0;
