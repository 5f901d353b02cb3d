// The cards below the waterfall: what came out, and what went in.

import { spoken, textOf } from "../base/result.js";
import { status } from "../base/api.js";
import { h } from "../base/dom.js";
import { card, help } from "../base/parts.js";
import { isOver } from "../base/state.js";
import { whole } from "../base/words.js";
import { asJson, json, written } from "../base/written.js";

const MOST = 100;

/** Gives `{ element, update(task) }`. The input is there from the start, the result once the task has ended. */
export function papers(task, signal) {
  const result = h("div", { class: "papers" });
  let isDrawn = false;

  function update(now) {
    if (isDrawn || !isOver(now)) return;
    isDrawn = true;
    // What is too long for the tree stands in the status of its task.
    const found = now.result === null && now.state_name === "completed" ? status(now.task_id, signal) : Promise.resolve(now);
    found.then((told) => result.replaceChildren(...resultCards(told)), () => { isDrawn = false; });
  }
  return { element: h("div", { class: "papers" }, result, inputCard(task)), update };
}

/** None where there is no result, or none that says more than why the task ended. */
function resultCards({ result, detail }) {
  if (result === null) return [];
  if (result.body !== undefined) return [card("What the agent answered", framed("answer", json(result.body)))];
  if (detail && [result, result.detail].includes(detail)) return [];
  const text = spoken(result);
  const shown = written(text, { code: /^[[{]/.test(text), lang: "json" });
  return [card("Result", framed("result", shown), raw(result))];
}

function inputCard({ input, input_bytes: bytes }) {
  if (input === null) {
    return card("Input", help(
      `It is ${whole(Math.ceil(bytes / 1024))} KiB long, which is more than this page is given. To run the task again, send it from where it came.`));
  }
  if (typeof input === "string") return card("Input", framed("input", written(input)));
  if (!Array.isArray(input.messages)) return card("Input", json(input));
  const said = input.messages.slice(-MOST).map((message) => h("li", {},
    h("p", { class: "help one-line", dir: "auto" }, typeof message?.role === "string" ? message.role.slice(0, 100) : ""),
    written(typeof message?.content === "string" ? message.content : textOf(message?.content))));
  return card("Input", framed("input", h("ol", { class: "said" }, ...said)), raw(input));
}

/** Long texts scroll in a frame of their own, so that what is below them stays near. */
const framed = (name, text) => h("div", { class: "paper", tabindex: "0", role: "region", "aria-label": `Text of the ${name}` }, text);

const raw = (value) => (typeof value === "string" ? null : asJson("As JSON", value));
