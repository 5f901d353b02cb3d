// The card on top of a task: how it stands in a sentence, and where its time went.

import { h, say, svg } from "../base/dom.js";
import { button } from "../base/parts.js";
import { took } from "./lengths.js";
import { parts } from "./verdict.js";

/** Parts of the time below this share of it are not drawn. */
const WORTH = 0.005;

/** `onShow(key)` shows the row of the waterfall that is the cause. */
export function verdictCard(onShow) {
  const text = h("p", { class: "verdict-text", dir: "auto" });
  const spent = h("p", { class: "verdict-spent" });
  const strip = svg("svg", { class: "spent", "aria-hidden": "true" });
  const legend = h("ul", { class: "spent-legend", "aria-label": "Where the time went" });
  let cause = null;
  const show = button("Show where", () => onShow(cause), { hidden: true });
  const element = h("section", { class: "card verdict", "aria-label": "How it stands" },
    h("div", { class: "verdict-line" }, text, show), spent, strip, legend);
  let known = "";

  function update(found, sums, look) {
    element.dataset.look = look;
    cause = found.cause;
    show.hidden = cause === null || (look !== "bad" && look !== "going");
    say(text, found.text);
    say(spent, found.spent);
    const worth = parts(sums).filter((part) => part.share >= WORTH);
    const now = worth.map((part) => `${part.name} ${took(part.ms)}`).join();
    if (now === known) return;
    known = now;
    drawStrip(strip, worth);
    legend.replaceChildren(...worth.map(({ name, words, ms, share }) =>
      h("li", { "data-part": name }, `${words} `, h("strong", {}, took(ms)), ` ${percent(share)}`)));
  }
  return { element, update };
}

const percent = (share) => `${Math.round(share * 100)} %`;

function drawStrip(strip, worth) {
  let x = 0;
  strip.replaceChildren(...worth.map(({ name, share }) => {
    const piece = svg("rect", { "data-part": name, x: `${x}%`, width: `${share * 100}%`, height: "100%" });
    x += share * 100;
    return piece;
  }));
}
