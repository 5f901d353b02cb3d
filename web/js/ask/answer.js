// The cards with what was written: plan, code and answer.

import { memory } from "../base/api.js";
import { copyButton } from "../base/copy.js";
import { h, say } from "../base/dom.js";
import { explain } from "../base/errors.js";
import { cut } from "../base/fences.js";
import { answerOf } from "./run.js";

export function answerCards(place) {
  /** Memories shown, by id: a promise of their text. */
  let shown = new Map();

  function card(name, title) {
    const body = h("div", { class: "card-body" });
    const more = h("span", { class: "help" });
    const head = h("div", { class: "card-head" }, h("h2", {}, name), more);
    const element = h("section", { class: "card written", "data-name": name }, head, body);
    const entitle = (text) => say(more, shortTitle(name, text));
    entitle(title);
    place.append(element);
    return { element, body, entitle };
  }

  function showMemory(id, { agent, title, signal, role = roleOf(agent) }) {
    if (shown.has(id)) return;
    const { element, body, entitle } = card(role ?? "Note", title);
    const waiting = h("p", { class: "help" }, "Reading…");
    body.append(waiting);
    const text = memory(id, signal).then(
      (found) => {
        waiting.remove();
        entitle(title || found.title);
        body.append(...render(found.text ?? "", role === "Code"));
        return found.text ?? "";
      },
      (error) => {
        if (signal.aborted) element.remove();
        else waiting.textContent = `It was written but cannot be shown. ${explain(error)}`;
        return "";
      },
    );
    shown.set(id, text);
  }

  return {
    clear() {
      shown = new Map();
      place.replaceChildren();
    },

    /** A `document` event: something was written down. */
    wrote(data, signal) {
      if (data.mem_id) showMemory(data.mem_id, { ...data, signal });
    },

    /** The request is done: shows what was not shown yet. */
    async finish(run, signal) {
      const answer = answerOf(run);
      if (answer.plan) showMemory(answer.plan, { role: "Plan", signal });
      if (answer.code) showMemory(answer.code, { role: "Code", signal });
      const texts = await Promise.all(shown.values());
      if (signal.aborted) return;
      const bare = essence(answer.text);
      if (bare === "" && texts.some((text) => text !== "")) return;
      if (texts.some((text) => essence(text) === bare)) return;
      const { body } = card("Answer", run.result?.model ?? "");
      if (bare === "") body.append(h("p", { class: "help" }, "The answer is empty."));
      else body.append(...render(answer.text, false));
    },

    /** The request ended without an answer. */
    fail(heading, text, { calm = false, action = null } = {}) {
      const { element, body } = card(heading, "");
      element.classList.toggle("bad", !calm);
      body.append(h("p", { class: "prose" }, text));
      if (action) body.append(action);
    },
  };
}

function roleOf(agent) {
  if (agent === "planner") return "Plan";
  if (agent === "coder") return "Code";
  return null;
}

/** The title without the word that already heads the card, as in `Plan: sort a list`. */
function shortTitle(name, title) {
  const start = `${name}:`;
  const rest = title?.toLowerCase().startsWith(start.toLowerCase()) ? title.slice(start.length).trim() : title;
  return rest === name ? "" : rest;
}

/** What is said, apart from how it is fenced and spaced. */
const essence = (text) => cut(text).map((piece) => piece.text.trim()).join("\n");

/** `allCode` says that a text without any fence is code too. */
function render(text, allCode) {
  const pieces = cut(text);
  const bare = allCode && !pieces.some((piece) => piece.code);
  return pieces.map((piece) =>
    piece.code || bare ? codeBlock(piece) : h("p", { class: "prose" }, piece.text));
}

function codeBlock({ lang, text }) {
  const code = h("code", {}, text);
  return h(
    "figure",
    { class: "code" },
    h("figcaption", {}, h("span", {}, lang || "code"), copyButton(code, "the code")),
    h("pre", { tabindex: "0", role: "region", "aria-label": lang ? `Code, ${lang}` : "Code" }, code),
  );
}
