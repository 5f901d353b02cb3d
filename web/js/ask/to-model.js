// Turns with a model: the answer is read as it is written.

import { announce, title } from "../shell/desk.js";
import { addTurn, messages } from "./conversation.js";
import { askModel } from "./model-turn.js";
import { opened, settled, taken } from "./sheet.js";
import { turn } from "./turn.js";

const LEFT = "The answer was cut off when you left this page.";

export async function sendToModel(it, talk, text) {
  const stopping = new AbortController();
  const element = opened(it, turn(text, talk.turns.length + 1));
  const stop = () => stopping.abort();
  settled(it, stop);
  try {
    const read = await askModel(element, talk.choice.name, messages(talk, text), AbortSignal.any([it.signal, stopping.signal]));
    taken(it, talk);
    settled(it, stop);
    it.over = finish(it, read, Object.assign(addTurn(talk, text), { note: LEFT }));
  } catch (error) {
    element.remove();
    settled(it);
    throw error;
  }
}

async function finish(it, read, made) {
  const { answer, note } = await read();
  made.answer = answer;
  if (it.signal.aborted) return;
  made.note = note;
  announce(note ?? "The answer is complete.");
  title("Answered");
  settled(it);
}
