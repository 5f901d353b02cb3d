// Turns with an agent: each is a task, sent the way the agent speaks, and followed to its end.

import * as api from "../base/api.js";
import { explain } from "../base/errors.js";
import { HttpError } from "../base/http.js";
import { textOf } from "../base/result.js";
import { note } from "../shell/router.js";
import { agentTurn } from "./agent-turn.js";
import { addTurn, messages } from "./conversation.js";
import { opened, settled, taken, waiting } from "./sheet.js";
import { pastTurn, turn } from "./turn.js";

export async function sendToAgent(it, talk, text, key) {
  const { id, words } = await submit(talk, text, key);
  taken(it, talk);
  const made = Object.assign(addTurn(talk, text, id), { answer: words });
  // Who has left sees it when they come back.
  if (it.signal.aborted) return;
  settled(it);
  if (id === null) {
    opened(it, pastTurn(made, talk.turns.length));
  } else {
    note("ask", id);
    it.over = follow(it, made);
  }
}

/** Sends a turn: `id` is the task it became; without one `words` are the answer. */
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

/** Shows what becomes of a turn, until it has ended. */
export async function follow(it, made) {
  const { talk, box, signal } = it;
  const number = talk.turns.length;
  const element = opened(it, turn(made.question, number));
  const stop = () => api.cancel(made.task).catch((error) => box.trouble(explain(error)));
  settled(it, stop);
  const onChange = (task, isOver) => (task === null ? settled(it, isOver ? null : stop) : waiting(it, task, stop));
  const onAgain = made.question === null ? null : () => box.fill(made.question);
  const end = await agentTurn(element, { id: made.task, number, signal, onChange, onAgain }).catch(() => null);
  if (signal.aborted || end === null) return;
  Object.assign(made, end);
  settled(it);
}

/** Answers what a task asked. */
export async function answer({ target, task_id: task }, text, key) {
  if (target?.includes("://")) throw new HttpError(422, { detail: "Only agents can be answered here. Stop the request" });
  await api.say(target ?? "chat", { text, task }, key);
}
