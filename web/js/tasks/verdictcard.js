// The card on top of a task: how it stands in a sentence, and what its time went to.

import { h, say } from "../base/dom.js";
import { button } from "../base/parts.js";
import { took } from "./words.js";

const PARTS = { engine: "engine calls", memory: "memory", agents: "the agents' own work", waiting: "waiting" };
/** Parts of the time below this share of it are not drawn. */
const WORTH = 0.005;

/** `onShow(key)` shows the row of the waterfall that is the cause. */
export function verdictCard(onShow) {
  const text = h("p", { class: "verdict-text", dir: "auto" });
  const strip = h("ul", { class: "spent", "aria-label": "Where the time went" });
  const show = button("Show where", () => onShow(show.value));
  const element = h("section", { class: "card verdict", "aria-label": "How it stands" },
    h("div", { class: "verdict-line" }, text, show), strip);

  function update({ text: words, cause }, sums, look) {
    element.dataset.look = look;
    show.value = cause;
    show.hidden = cause === null;
    say(text, words);
    const worth = Object.keys(PARTS).filter((part) => sums[part] > WORTH * sums.whole);
    const spent = worth.map((part) => `${PARTS[part]} ${took(sums[part])}`);
    if (strip.textContent === spent.join("")) return;
    strip.replaceChildren(...worth.map((part, index) => {
      const piece = h("li", { "data-part": part }, spent[index]);
      piece.style.setProperty("--share", sums[part] / sums.whole);
      return piece;
    }));
  }
  return { element, update };
}
