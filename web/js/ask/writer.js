// Writes a text onto the page while it comes: what stands there is added to, never drawn anew.

import { h } from "../base/dom.js";
import { button } from "../base/parts.js";
import { codeFrame } from "../base/written.js";
import { cutter } from "./cutter.js";

/** Characters drawn without being asked to. */
const MOST = 30_000;

/**
 * Text given to `add` is drawn with the next frame of the screen; `onDrawn` hears of it.
 * `end()` draws what is left, and gives back all of it.
 */
export function writer(place, { signal, before = () => {}, onDrawn = () => {} }) {
  const all = [];
  const steps = [];
  const page = onto(place);
  const cutting = cutter((step) => steps.push(step));
  let drawn = 0;
  let frame = null;

  function draw() {
    frame = null;
    before();
    let at = 0;
    for (; at < steps.length && drawn < MOST; at += 1) {
      const step = fitting(steps, at, MOST - drawn);
      page.step(step);
      drawn += step.text?.length ?? 0;
    }
    steps.splice(0, at);
    onDrawn();
  }

  function rest() {
    if (steps.length === 0) return;
    const left = steps.reduce((sum, step) => sum + (step.text?.length ?? 0), 0);
    const more = button(`Show ${left.toLocaleString("en-GB")} more characters`, () => {
      more.remove();
      steps.splice(0).forEach(page.step);
    });
    place.append(more);
  }

  signal.addEventListener("abort", () => cancelAnimationFrame(frame));

  return {
    add(text) {
      if (text === "") return;
      all.push(text);
      cutting.feed(text);
      frame ??= requestAnimationFrame(draw);
    },
    end() {
      cancelAnimationFrame(frame);
      cutting.end();
      draw();
      rest();
      return all.join("");
    },
    text: () => all.join(""),
  };
}

/** The step at `at`, cut in two where its text is longer than `room`. */
function fitting(steps, at, room) {
  const { text } = steps[at];
  if (text === undefined || text.length <= room) return steps[at];
  steps.splice(at, 1, { text: text.slice(0, room) }, { text: text.slice(room) });
  return steps[at];
}

/** Puts blocks and their text into `place`. */
function onto(place) {
  let into = null;
  return {
    step(step) {
      if (step.text !== undefined) {
        // One node for each piece: to lengthen a long one copies it.
        into.append(step.text);
      } else if (step.open === "prose") {
        into = h("div", { class: "prose", dir: "auto" });
        place.append(into);
      } else {
        const code = h("code");
        const { figure, pre } = codeFrame(code, step.lang);
        figure.append(pre);
        place.append(figure);
        into = code;
      }
    },
  };
}
