// The cards below the waterfall: each try, what came out, and what went in.

import { status } from "../base/api.js";
import { h } from "../base/dom.js";
import { card } from "../base/parts.js";
import { moment } from "../base/time.js";
import { codeBlock, written } from "../base/written.js";
import { messagesOf, textOf } from "./answers.js";
import { outcomeChip } from "./details.js";
import { triesIn } from "./family.js";
import { number, took } from "./words.js";

const MOST = 100;

/** Gives `{ element, update(task) }`; a card is drawn anew only when what it shows is another. */
export function papers(id, signal) {
  const element = h("div", { class: "papers" }, ...[1, 2, 3].map(() => h("div", { hidden: true })));
  const [tries, result, input] = element.children;
  const known = new Map();
  let isFetched = false;

  function put(place, what, make) {
    const sign = JSON.stringify(what) ?? "";
    if (known.get(place) === sign) return;
    known.set(place, sign);
    const made = make();
    place.replaceChildren(...(made === null ? [] : [made]));
    place.hidden = made === null;
  }

  const putResult = (task) => put(result, task.result, () => resultCard(task));

  function update(task) {
    put(tries, task.attempts, () => triesCard(task));
    put(input, task.input_bytes, () => inputCard(task));
    if (isFetched) return;
    putResult(task);
    // What is too long for the tree stands in the status of its task.
    isFetched = task.result === null && task.state_name === "completed";
    if (isFetched) status(id, signal).then(putResult, () => { isFetched = false; });
  }
  return { element, update };
}

/** Each try with why it ended; null where there was one only. */
function triesCard(task) {
  const rows = triesIn(task);
  if (rows.length < 2) return null;
  return card(`Tries (${rows.length})`, h("ol", { class: "tries" }, ...rows.slice(-MOST).map((row) => h("li", {},
    h("strong", {}, `Try ${row.item.attempt}`), outcomeChip(row), moment(row.start, "clock"),
    h("span", { class: "help" }, row.end === null ? "still going on" : `took ${took(row.end - row.start)}`),
    row.item.detail ? h("p", { class: "foreign", dir: "auto" }, row.item.detail.slice(0, 2000)) : null))));
}

/** Null where there is no result, or none that says more than why the task ended. */
function resultCard({ result, detail }) {
  const text = textOf(result);
  if (result === null || text === detail) return null;
  if (text === null) return card("Result", json(result));
  return card("Result", framed("result", text === "" ? "The answer is empty." : written(text)), raw(result));
}

function inputCard({ input, input_bytes: bytes }) {
  if (input === null) {
    const size = bytes ? `${number(Math.ceil(bytes / 1024))} KiB` : "more than 64 KiB";
    return card("Input", h("p", { class: "help" }, `It is ${size} long, which is more than this page is given. To run the task again, send it from where it came.`));
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
