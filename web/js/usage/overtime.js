// The card of tokens over time: chart, legend, and the same as a table.

import { h } from "../base/dom.js";
import { button, card } from "../base/parts.js";
import { capital } from "../base/words.js";
import { chart } from "./chart.js";
import { legend } from "./legend.js";
import { barName } from "./moments.js";
import { counted } from "./numbers.js";
import { numberTable } from "./numbertable.js";
import { redraw } from "./redraw.js";
import { OTHERS, bars, largest, whole } from "./sums.js";

const MODELS = 8;

export function overTime(signal) {
  let shown = null;
  const key = legend((part) => picture.stress(part));
  const picture = chart({ signal, onChoose, describe });
  const both = h("div", { class: "usage-over" }, picture.element, key.element);
  const numbers = h("div", { hidden: true });
  const swap = button("Show as table", () => {
    numbers.hidden = !numbers.hidden;
    both.hidden = !numbers.hidden;
    swap.textContent = numbers.hidden ? "Show as table" : "Show as chart";
    fill();
  }, { look: "quiet small" });
  const element = card("Tokens over time", both, numbers);
  element.classList.add("usage-time");
  element.querySelector("h2").after(swap);

  function onChoose(at) {
    if (shown === null) return;
    const { names, sum, words, cut } = shown;
    const bar = at === null ? null : shown.bars[at];
    key.draw(bar === null ? capital(words) : barName(bar, cut.minutes, cut.utc), bar ?? sum, names);
  }

  /** A bar in a sentence, for people who hear it. */
  function describe(at) {
    if (at === null) return `${shown.bars.length} bars. The arrow keys go from one to the next.`;
    const bar = shown.bars[at];
    const name = barName(bar, shown.cut.minutes, shown.cut.utc);
    if (bar.calls === 0) return `${name}: no calls`;
    const parts = bar.parts.map((part, place) => [part.in + part.out, shown.names[place]]).filter(([tokens]) => tokens > 0);
    return `${name}: ${counted(bar.in, "token")} in, ${counted(bar.out, "token")} out, ${counted(bar.calls, "call")}. ${parts.map(([tokens, model]) => `${model}: ${counted(tokens, "token")}`).join("; ")}`;
  }

  /** The table is made when it is looked at. */
  function fill() {
    if (numbers.hidden) numbers.replaceChildren();
    else if (shown) redraw(numbers, numberTable(shown));
  }

  return {
    element,
    /** `words` say which time it is. */
    draw({ series, models }, cut, words) {
      const { shown: kept, hidden } = largest(models, MODELS);
      const names = kept.map((model) => (model === OTHERS ? (hidden === null ? "All others" : `${hidden} others`) : model || "no name"));
      shown = { bars: bars(series, cut.edges, cut.end, kept), sum: whole(models, kept), names, cut, words };
      picture.draw(shown);
      onChoose(picture.chosen());
      fill();
    },
  };
}
