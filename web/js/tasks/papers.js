// The cards below the waterfall: what came out, and what went in.

import { status } from "../base/api.js";
import { h } from "../base/dom.js";
import { card, help, trouble } from "../base/parts.js";
import { spoken, textOf } from "../base/result.js";
import { isOver } from "../base/state.js";
import { whole } from "../base/words.js";
import { asJson, json, written } from "../base/written.js";

const MOST = 100;

/** Gives `{ element, update(task) }`. The input is there from the start, the result once the task has ended. */
export function papers(task, signal) {
  const result = h("div");
  let isDrawn = false;

  async function update(now) {
    if (isDrawn || !isOver(now)) return;
    isDrawn = true;
    try {
      // What is too long for the tree stands in the status of its task.
      const isLong = now.result === null && now.state_name === "completed";
      result.replaceChildren(...resultCard(isLong ? await status(now.task_id, signal) : now));
    } catch (error) {
      isDrawn = false;
      result.replaceChildren(trouble(error, () => update(now)));
    }
  }
  return { element: h("div", { class: "stack" }, result, inputCard(task)), update };
}

/** None where the result says no more than why the task ended; an agent that failed may have answered more. */
function resultCard({ result, detail }) {
  const said = detail && result?.detail === detail ? result.body ?? null : result;
  if (said === null || said === detail) return [];
  const text = spoken(said);
  return [card("Result", framed("result", written(text, { code: /^[[{]/.test(text), lang: "json" })), raw(result))];
}

function inputCard({ input, input_bytes: bytes }) {
  if (input === null) return card("Input", help(`It is too long to be shown here: ${whole(bytes)} bytes.`));
  if (typeof input === "string") return card("Input", framed("input", written(input)));
  if (!Array.isArray(input.messages)) return card("Input", json(input));
  const said = input.messages.slice(-MOST).flatMap((message) => [
    h("p", { class: "help one-line", dir: "auto" }, String(message?.role ?? "").slice(0, 100)),
    written(typeof message?.content === "string" ? message.content : textOf(message?.content))]);
  return card("Input", framed("input", ...said), raw(input));
}

/** Long texts scroll in a frame of their own, so that what is below them stays near. */
const framed = (name, ...texts) =>
  h("div", { class: "paper stack", tabindex: "0", role: "region", "aria-label": `Text of the ${name}` }, ...texts);

const raw = (value) => (typeof value === "string" ? null : asJson("As JSON", value));
