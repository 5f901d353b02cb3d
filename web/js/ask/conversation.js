// A conversation: takes what is typed, sends it to whom it is for, and shows what comes of it, turn by turn.

import * as api from "../base/api.js";
import { h } from "../base/dom.js";
import { explain } from "../base/errors.js";
import { HttpError } from "../base/http.js";
import { long } from "../base/parts.js";
import { textOf } from "../base/result.js";
import { capital, who } from "../base/words.js";
import { written } from "../base/written.js";
import { note } from "../shell/router.js";
import { agentTurn } from "./agent-turn.js";
import { piece } from "./cards.js";
import { chooser } from "./chooser.js";
import { composer } from "./composer.js";
import { askModel } from "./model-turn.js";
import { sight } from "./sight.js";

/** `past` is one to go on with, `wanted` the name of an agent to begin one with. */
export function conversation(past, wanted) {
  const over = new AbortController();
  const box = composer((text) => send(it, text));
  const onSample = (text) => {
    box.fill(text);
    box.focus();
  };
  const choosing = past === null ? chooser({ wanted, onSample, signal: over.signal }) : null;
  const it = {
    over, box, choosing,
    /** Who answers; null until somebody has taken the first turn. */
    choice: past?.choice ?? null,
    /** What was asked and answered, which goes with the next question. */
    said: past?.said.slice(0, -1) ?? [],
    /** What an A2A agent knows the conversation by; it remembers what was said. */
    context: past?.context,
    /** The last task of it, and the one that waits for an answer of the person. */
    task: past?.task ?? null,
    asks: null,
    /** The same words to the same one keep their key until it is known that they arrived. */
    tried: {},
    turns: h("div", { class: "turns" }),
    sheet: h("div", { class: "card composing" }, choosing?.element, box.element),
  };
  it.element = h("div", { class: "talk" }, it.turns, it.sheet);
  settle(it);
  if (past !== null) resume(it, past);
  return it;
}

function resume(it, { task, said }) {
  for (const message of it.said) {
    const text = contentOf(message);
    if (message?.role === "user") turn(it, text);
    if (message?.role === "assistant") it.turns.lastElementChild?.append(piece("Answer", written(text)));
  }
  const asked = said.at(-1) ?? null;
  follow(it, turn(it, contentOf(asked)), task, asked);
}

const contentOf = (message) => (typeof message?.content === "string" ? message.content : textOf(message?.content));

/** A turn with its question, in sight; what comes of it is appended. */
function turn({ turns }, question) {
  const heading = h("h2", { tabindex: "-1" }, "You asked");
  const words = long(question || "Something too long to be shown here, or no text.", { most: 4000 });
  const element = h("article", { class: "turn" }, h("div", { class: "question" }, heading, words));
  turns.append(element);
  // On a phone the keyboard would hide what was asked for.
  if (matchMedia("(pointer: coarse)").matches) heading.focus({ preventScroll: true });
  element.scrollIntoView();
  return element;
}

/** What the box is for now: `stop()` stops what runs, the task `asks` waits for the person. */
function settle(it, { stop = null, asks = null } = {}) {
  it.asks = asks;
  const next = it.choice ? `Go on with ${it.choice.label}` : "What do you need?";
  const label = asks ? `Answer ${capital(who(asks.target))}` : next;
  const hint = it.choice ? "" : "Enter sends, Shift + Enter begins a new line";
  it.sheet.classList.toggle("on", it.choice !== null || stop !== null);
  it.box.set({ label, hint, stop, sends: asks ? "Answer" : stop ? null : "Ask" });
}

/** A turn was taken: from here on it is known who answers. */
function taken(it, choice, task = null) {
  it.choice = choice;
  it.task = task ?? it.task;
  it.choosing?.element.remove();
  if (it.element.isConnected) note("ask", it.task);
}

/** A turn has ended. Words without an answer are there to be changed and sent again. */
function ended(it, asked, answer) {
  if (it.over.signal.aborted) return;
  if (answer === null) it.box.fill(contentOf(asked));
  else if (asked !== null) it.said.push(asked, { role: "assistant", content: answer });
  settle(it);
}

async function send(it, text) {
  const choice = it.choice ?? it.choosing.chosen();
  if (choice === null) throw new HttpError(400, { detail: "There is nobody to ask yet" });
  const words = `${it.asks?.task_id ?? choice.name} ${text}`;
  if (it.tried.words !== words) it.tried = { words, key: api.newKey() };
  if (it.asks !== null) await api.say(it.asks.target ?? "chat", { text, task: it.asks.task_id }, it.tried.key);
  else await (choice.kind === "model" ? toModel : toAgent)(it, choice, { role: "user", content: text });
  it.tried = {};
}

async function toModel(it, choice, asked) {
  const stopping = new AbortController();
  const stop = () => stopping.abort();
  const element = turn(it, asked.content);
  settle(it, { stop });
  try {
    const signal = AbortSignal.any([it.over.signal, stopping.signal]);
    const seen = { stop: signal, keep: sight(it.sheet, it.over.signal) };
    const read = await askModel(element, choice.name, [...it.said, asked], seen);
    taken(it, choice);
    settle(it, { stop });
    read().then((answer) => ended(it, asked, answer));
  } catch (error) {
    element.remove();
    settle(it);
    throw error;
  }
}

async function toAgent(it, choice, asked) {
  const { id, words } = await submit(it, choice, asked);
  taken(it, choice, id);
  const element = turn(it, asked.content);
  if (id !== null) {
    follow(it, element, id, asked);
  } else {
    element.append(piece("Answer", written(words)));
    ended(it, asked, words);
  }
}

/** Sends a question the way the agent speaks: `id` is the task it became; without one `words` are the answer. */
async function submit(it, { name, speaks }, asked) {
  if (speaks !== "a2a") {
    const { task_id: id } = await api.send(name, { messages: [...it.said, asked] }, it.tried.key);
    return { id };
  }
  const { task, message } = await api.say(name, { text: asked.content, context: it.context }, it.tried.key);
  it.context = task?.contextId ?? message?.contextId ?? it.context;
  return { id: task?.id ?? null, words: textOf(message?.parts) };
}

/** Shows what becomes of a task, until it has ended. */
async function follow(it, element, id, asked) {
  const stop = () => api.cancel(id).catch((error) => it.box.trouble(explain(error)));
  settle(it, { stop });
  const onAsk = (asks) => settle(it, { stop, asks });
  const { signal } = it.over;
  ended(it, asked, await agentTurn(element, { id, signal, keep: sight(it.sheet, signal), onAsk }));
}
