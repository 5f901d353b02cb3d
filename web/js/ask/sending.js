// Sends a turn to an agent, the way it speaks.

import * as api from "../base/api.js";
import { messages } from "./conversation.js";
import { textOf } from "./run.js";

/** Gives back the id of the task it became; without one, `answer` is all there is. */
export async function sendTurn(talk, text, key) {
  const { name, speaks } = talk.choice;
  if (speaks !== "a2a") {
    // Everything that was said before goes with it.
    const { task_id: id } = await api.send(name, { messages: messages(talk, text) }, key);
    return { id, answer: "" };
  }
  const { task, message } = await api.say(name, { text, context: talk.context }, key);
  talk.context = task?.contextId ?? message?.contextId ?? talk.context;
  return { id: task?.id ?? null, answer: textOf(message?.parts) };
}
