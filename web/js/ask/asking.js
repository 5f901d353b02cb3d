// A conversation: takes what is typed, sends it to whom it is for, and shows what comes of it.

import * as api from "../base/api.js";
import { h } from "../base/dom.js";
import { HttpError } from "../base/http.js";
import { trouble } from "../base/parts.js";
import { announce } from "../shell/announce.js";
import { title } from "../shell/desk.js";
import { note } from "../shell/router.js";
import { agentTurn } from "./agent-turn.js";
import { chooser } from "./chooser.js";
import { composer } from "./composer.js";
import { addTurn, messages, newConversation } from "./conversation.js";
import { askModel, readAnswer } from "./model-turn.js";
import { titleOf } from "./names.js";
import { recent } from "./recent.js";
import { sendTurn } from "./sending.js";
import { turns } from "./turns.js";

const ENDS = { canceled: "This request was stopped.", failed: "This request failed.", rejected: "This request was turned down." };
const LEFT = "The answer was cut off when you left this page.";

/** `talk` is the conversation to go on with, if there is one; `keep(talk)` is told of a new one. */
export function asking(place, { talk, wanted, keep, signal }) {
  const shown = turns();
  const box = composer({ onSend: send, onStop: halt });
  const who = talk === null ? chooser({ wanted, onSample: box.fill, signal }) : null;
  const sheet = h("div", { class: "card composing" }, who?.element, box.element);
  const below = who === null ? null : recent(signal);
  /** Stops what is running. */
  let stop = null;
  /** The task that waits for an answer of the person. */
  let asks = null;
  /** Resolves once all that became of the last turn is there. */
  let over = Promise.resolve();

  place.append(...[shown.element, sheet, below].filter((each) => each !== null));
  if (who !== null) who.load();
  else resume();

  /** Shows a conversation as it stands. */
  function resume() {
    const last = talk.turns.at(-1);
    const isTask = talk.task !== null && last.task === talk.task;
    shown.past(isTask ? talk.turns.slice(0, -1) : talk.turns);
    settled();
    if (isTask) over = follow(last, true);
    else shown.element.lastElementChild.scrollIntoView({ block: "nearest" });
  }

  /** The first turn was taken: there is a conversation from here on. */
  function taken(next) {
    if (talk === next) return;
    talk = next;
    keep(talk);
    who.element.remove();
    below.remove();
  }

  /** Nothing runs: the box is for the next turn. */
  function settled() {
    stop = null;
    asks = null;
    if (talk === null) {
      box.set("free");
      return;
    }
    sheet.classList.add("on");
    box.ask(goOn(), "Send");
    box.set("free");
  }

  function goOn() {
    const { kind, name } = talk.choice;
    return `Go on with ${kind === "model" ? name : titleOf(name)}`;
  }

  async function send(text, key) {
    if (asks !== null) return answer(text, key);
    await over;
    const choice = talk?.choice ?? who.chosen();
    if (choice === null) throw new HttpError(400, { detail: "There is nobody to ask yet" });
    const next = talk ?? newConversation({ kind: choice.kind, name: choice.name, speaks: choice.speaks });
    return choice.kind === "model" ? sendToModel(next, text) : sendToAgent(next, text, key);
  }

  async function sendToAgent(next, text, key) {
    const { id, answer: words } = await sendTurn(next, text, key);
    signal.throwIfAborted();
    taken(next);
    const made = Object.assign(addTurn(talk, text, id), { answer: words });
    settled();
    if (id === null) return shown.add(made);
    note("ask", id);
    over = follow(made, false);
  }

  async function follow(made, isOld) {
    const parts = shown.open(made.question);
    stop = () => api.cancel(made.task);
    box.set("running");
    try {
      const known = isOld ? await api.status(made.task, signal) : null;
      const onAgain = made.question === null ? null : () => box.fill(made.question);
      const { answer: text, end } = await agentTurn(parts, { id: made.task, target: talk.choice.name, known, signal, onAsks, onEnd: settled, onAgain });
      made.answer = text;
      made.note = text === "" ? ENDS[end] ?? null : null;
    } catch (error) {
      if (signal.aborted || error.status === 401) return;
      parts.body.append(trouble(error));
    }
    settled();
  }

  /** Some agent waits for the person, or does no longer. */
  function onAsks(task) {
    asks = task;
    if (task === null) {
      box.ask(goOn(), "Send");
      box.set("running");
      return;
    }
    box.ask(`Answer ${titleOf(task.target)}`, "Answer");
    box.set("asked");
    box.focus();
  }

  async function answer(text, key) {
    const { target, id } = asks;
    if (target?.includes("://")) {
      throw new HttpError(422, { detail: "This page cannot answer a workflow or an address. Stop the request, and ask again with all that is needed" });
    }
    await api.say(target ?? "chat", { text, task: id }, key);
  }

  async function sendToModel(next, text) {
    const stopping = new AbortController();
    const both = AbortSignal.any([signal, stopping.signal]);
    const parts = shown.open(text);
    stop = async () => stopping.abort();
    sheet.classList.add("on");
    box.set("running");
    try {
      const opened = await askModel(parts, next.choice.name, messages(next, text), both);
      taken(next);
      const made = Object.assign(addTurn(talk, text), { note: LEFT });
      over = read(opened, made);
    } catch (error) {
      parts.drop();
      sheet.classList.toggle("on", talk !== null);
      if (!signal.aborted) settled();
      throw error;
    }
  }

  async function read(opened, made) {
    const { answer: text, note: words } = await readAnswer(opened);
    made.answer = text;
    if (signal.aborted) return;
    made.note = words;
    announce(words ?? "The answer is complete.");
    title("Answered");
    settled();
  }

  async function halt() {
    try {
      await stop?.();
    } catch (error) {
      // It has ended meanwhile.
      if (error.status !== 409) box.trouble(`It was not stopped. ${error.detail || "Try again in a moment."}`);
    }
  }
}
