// A conversation: takes what is typed, sends it to whom it is for, and shows what comes of it, turn by turn.

import * as api from "../base/api.js";
import { h } from "../base/dom.js";
import { explain } from "../base/errors.js";
import { HttpError } from "../base/http.js";
import { newKey } from "../base/request.js";
import { textOf } from "../base/result.js";
import { capital, who } from "../base/words.js";
import { announce, title } from "../shell/desk.js";
import { note } from "../shell/router.js";
import { agentTurn } from "./agent-turn.js";
import { chooser } from "./chooser.js";
import { composer } from "./composer.js";
import { addTurn, messages, newConversation } from "./conversation.js";
import { askModel } from "./model-turn.js";
import { pastTurn, turn } from "./turn.js";

const LEFT = "The answer was cut off when you left this page.";

/** `talk` is the conversation to go on with, if there is one; `keep(talk)` is told of a new one. */
export function asking(place, { talk, wanted, keep, signal }) {
  const turns = h("div", { class: "turns" });
  const box = composer(send);
  const choosing = talk === null ? chooser({ wanted, onSample: box.fill, signal }) : null;
  const sheet = h("div", { class: "card composing" }, choosing?.element, box.element);
  /** The task that waits for an answer of the person. */
  let asks = null;
  /** Resolves once all that became of the last turn is there. */
  let over = Promise.resolve();
  /** The same words to the same one keep their key until it is known that they arrived. */
  let tried = {};

  place.append(turns, sheet);
  if (talk !== null) resume();

  /** Shows a conversation as it stands. */
  function resume() {
    const last = talk.turns.at(-1);
    const follows = talk.task !== null && last.task === talk.task;
    const past = follows ? talk.turns.slice(0, -1) : talk.turns;
    turns.append(...past.map((each, index) => pastTurn(each, index + 1)));
    settled();
    if (follows) over = follow(last);
    else turns.lastElementChild.scrollIntoView({ block: "nearest" });
  }

  /** The first turn was taken: there is a conversation from here on. */
  function taken(next) {
    talk = next;
    keep(talk);
    choosing?.element.remove();
  }

  /** The box is for the next turn; with `stop` something runs. */
  function settled(stop = null) {
    asks = null;
    sheet.classList.toggle("on", talk !== null || stop !== null);
    const name = talk && (talk.choice.kind === "model" ? talk.choice.name : capital(who(talk.choice.name)));
    box.set({ label: name ? `Go on with ${name}` : "What do you need?", sends: stop !== null ? null : name ? "Send" : "Ask", stop });
  }

  /** A new turn, in sight. */
  function opened(element) {
    for (const each of turns.querySelectorAll("details[open]")) each.open = false;
    turns.append(element);
    // On a phone the keyboard would hide what was asked for.
    if (matchMedia("(pointer: coarse)").matches) element.querySelector("h2").focus({ preventScroll: true });
    element.scrollIntoView({ block: "start" });
    return element;
  }

  async function send(text) {
    if (asks === null) await over;
    const choice = talk?.choice ?? choosing.chosen();
    if (choice === null) throw new HttpError(400, { detail: "There is nobody to ask yet" });
    const words = `${asks?.task_id ?? choice.name} ${text}`;
    if (tried.words !== words) tried = { words, key: newKey() };
    if (asks !== null) await answer(text, tried.key);
    else if (choice.kind === "model") await sendToModel(talk ?? newConversation(choice), text);
    else await sendToAgent(talk ?? newConversation(choice), text, tried.key);
    tried = {};
  }

  async function sendToAgent(next, text, key) {
    const { id, words } = await submit(next, text, key);
    signal.throwIfAborted();
    taken(next);
    const made = Object.assign(addTurn(talk, text, id), { answer: words });
    settled();
    if (id === null) return opened(pastTurn(made, talk.turns.length));
    note("ask", id);
    over = follow(made);
  }

  async function follow(made) {
    const element = opened(turn(made.question, talk.turns.length));
    const stop = () => api.cancel(made.task).catch((error) => box.trouble(explain(error)));
    settled(stop);
    const onChange = (task, isOver) => (task === null ? settled(isOver ? null : stop) : waitFor(task, stop));
    const onAgain = made.question === null ? null : () => box.fill(made.question);
    const end = await agentTurn(element, { id: made.task, number: talk.turns.length, signal, onChange, onAgain }).catch(() => null);
    if (signal.aborted || end === null) return;
    Object.assign(made, end);
    settled();
  }

  /** Some agent waits for the person. */
  function waitFor(task, stop) {
    asks = task;
    box.set({ label: `Answer ${capital(who(task.target))}`, sends: "Answer", stop });
    box.focus();
  }

  async function answer(text, key) {
    const { target, task_id: task } = asks;
    if (target?.includes("://")) throw new HttpError(422, { detail: "Only agents can be answered here. Stop the request" });
    await api.say(target ?? "chat", { text, task }, key);
  }

  async function sendToModel(next, text) {
    const stopping = new AbortController();
    const element = opened(turn(text, next.turns.length + 1));
    const stop = () => stopping.abort();
    settled(stop);
    try {
      const read = await askModel(element, next.choice.name, messages(next, text), AbortSignal.any([signal, stopping.signal]));
      taken(next);
      settled(stop);
      over = finish(read, Object.assign(addTurn(talk, text), { note: LEFT }));
    } catch (error) {
      element.remove();
      settled();
      throw error;
    }
  }

  async function finish(read, made) {
    const { answer: text, note: words } = await read();
    made.answer = text;
    if (signal.aborted) return;
    made.note = words;
    announce(words ?? "The answer is complete.");
    title("Answered");
    settled();
  }
}

/** Sends a turn, the way its agent speaks: `id` is the task it became; without one `words` are the answer. */
async function submit(talk, text, key) {
  const { name, speaks } = talk.choice;
  if (speaks !== "a2a") {
    // Everything that was said before goes with it.
    const { task_id: id } = await api.send(name, { messages: messages(talk, text) }, key);
    return { id, words: "" };
  }
  const { task, message } = await api.say(name, { text, context: talk.context }, key);
  talk.context = task?.contextId ?? message?.contextId ?? talk.context;
  return { id: task?.id ?? null, words: textOf(message?.parts) };
}
