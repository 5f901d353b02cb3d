// The cards below the waterfall that hold what went in, what came out, and each try.

import { status } from "../base/api.js";
import { h } from "../base/dom.js";
import { card, chip } from "../base/parts.js";
import { moment } from "../base/time.js";
import { codeBlock, written } from "../base/written.js";
import { messagesOf, textOf } from "./answers.js";
import { outcomeChip } from "./details.js";
import { took } from "./lengths.js";

/** Tries, result and input; each drawn anew only when it has changed. */
export function papersOf(id, signal) {
  const places = { tries: h("div", {}), result: h("div", {}), input: h("div", {}) };
  const known = {};

  function put(name, sign, make) {
    if (known[name] === sign) return;
    known[name] = sign;
    const made = make();
    places[name].replaceChildren(...(made === null ? [] : [made]));
    places[name].hidden = made === null;
  }

  async function fetchResult(task) {
    const found = await status(id, signal).catch(() => null);
    if (found) put("result", "fetched", () => resultCard(found.result, task.detail));
  }

  return {
    element: h("div", { class: "papers" }, ...Object.values(places)),
    update(task) {
      put("tries", JSON.stringify(task.attempts ?? []), () => triesCard(task));
      put("input", "", () => inputCard(task));
      const bare = task.result === null || task.result === undefined;
      if (known.result !== "fetched") put("result", `${bare}${task.updated_ms}`, () => resultCard(task.result, task.detail));
      // What is too long for the tree stands in the status of its task.
      if (bare && task.state_name === "completed" && known.result !== "fetched") fetchResult(task);
    },
  };
}

/** As JSON, made when somebody opens it. */
function raw(value, name) {
  const box = h("details", { class: "raw" }, h("summary", {}, name));
  box.addEventListener("toggle", () => box.append(json(value)), { once: true });
  return box;
}

const json = (value) => codeBlock({ lang: "json", text: JSON.stringify(value, null, 2) });

function inputCard(task) {
  if (task.input === null || task.input === undefined) {
    const size = task.input_bytes ? `${Math.ceil(task.input_bytes / 1024).toLocaleString("en-GB")} KiB` : "more than 64 KiB";
    return card("Input", h("p", { class: "help" }, `It is ${size} long, which is more than this page is given. To run the task again, send it from where it came.`));
  }
  const messages = messagesOf(task.input);
  if (messages === null) return card("Input", json(task.input));
  const said = h("ol", { class: "said" }, ...messages.slice(-200).map(({ role, text }) =>
    h("li", {}, role === "" ? null : h("p", { class: "help one-line", dir: "auto" }, role.slice(0, 100)), written(text))));
  return card("Input", framed("input", said), typeof task.input === "string" ? null : raw(task.input, "As JSON"));
}

/** Null where there is no result, or none that says more than why the task ended. */
function resultCard(result, detail) {
  if (result === null || result === undefined) return null;
  const text = textOf(result);
  if (text !== null && text === detail) return null;
  if (text === null) return card("Result", json(result));
  const shown = text.trim() === "" ? h("p", { class: "help" }, "The answer is empty.") : framed("result", written(text));
  return card("Result", shown, typeof result === "string" ? null : raw(result, "As JSON"));
}

/** Long texts scroll in a frame of their own, so that what is below them stays near. */
const framed = (name, element) => h("div", { class: "paper", tabindex: "0", role: "region", "aria-label": `Text of the ${name}` }, element);

/** Each try with why it ended; null where there was one only. */
function triesCard(task) {
  const tries = task.attempts ?? [];
  if (tries.length < 2) return null;
  return card(`Tries (${tries.length})`, h("ol", { class: "tries" }, ...tries.slice(-100).map((attempt) => tryRow(attempt, task))));
}

function tryRow(attempt, task) {
  const row = { kind: "attempt", item: attempt, task, start: attempt.started, end: attempt.ended ?? null };
  const lost = attempt.outcome === "lost" ? "The gateway that made it went away before it had ended." : "";
  const why = (attempt.detail ?? lost).slice(0, 2000);
  return h("li", {},
    h("span", { class: "tries-number" }, `Try ${attempt.attempt}`),
    outcomeChip(row),
    moment(attempt.started, "clock"),
    h("span", { class: "help" }, attempt.ended ? `took ${took(attempt.ended - attempt.started)}` : "still going on"),
    why === "" ? null : h("p", { class: "tries-why", dir: "auto" }, why));
}
