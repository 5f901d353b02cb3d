// The cards below the waterfall: what came out, and what went in.

import { status } from "../base/api.js";
import { h } from "../base/dom.js";
import { card } from "../base/parts.js";
import { codeBlock, written } from "../base/written.js";
import { messagesOf, textOf } from "./answers.js";
import { isOver } from "./family.js";
import { number } from "./words.js";

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
  const text = textOf(result);
  if (result === null || (detail && [text, result.detail].includes(detail))) return [];
  return [text === null ? card("Result", json(result)) : card("Result", framed("result", written(text)), raw(result))];
}

function inputCard({ input, input_bytes: bytes }) {
  if (input === null) {
    return card("Input", h("p", { class: "help" },
      `It is ${number(Math.ceil(bytes / 1024))} KiB long, which is more than this page is given. To run the task again, send it from where it came.`));
  }
  const messages = messagesOf(input);
  if (messages === null) return card("Input", json(input));
  return card("Input", framed("input", h("ol", { class: "said" }, ...messages.slice(-MOST).map(({ role, text }) =>
    h("li", {}, role && h("p", { class: "help one-line", dir: "auto" }, role.slice(0, 100)), written(text))))), raw(input));
}

/** Long texts scroll in a frame of their own, so that what is below them stays near. */
const framed = (name, text) => h("div", { class: "paper", tabindex: "0", role: "region", "aria-label": `Text of the ${name}` }, text);

const json = (value) => codeBlock({ lang: "json", text: JSON.stringify(value, null, 2) });

/** The same as JSON, made when somebody opens it. */
function raw(value) {
  if (typeof value === "string") return null;
  const box = h("details", { class: "raw" }, h("summary", {}, "As JSON"));
  box.addEventListener("toggle", () => box.append(json(value)), { once: true });
  return box;
}
