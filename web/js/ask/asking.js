// A conversation: takes what is typed, sends it to whom it is for, and shows what comes of it, turn by turn.

import { h } from "../base/dom.js";
import { HttpError } from "../base/http.js";
import { newKey } from "../base/request.js";
import { chooser } from "./chooser.js";
import { composer } from "./composer.js";
import { newConversation } from "./conversation.js";
import { settled } from "./sheet.js";
import { answer, follow, sendToAgent } from "./to-agent.js";
import { sendToModel } from "./to-model.js";
import { pastTurn } from "./turn.js";

/** `talk` is the conversation to go on with, if there is one; `keep(talk)` is told of a new one. */
export function asking(place, { talk, wanted, keep, signal }) {
  const turns = h("div", { class: "turns" });
  const box = composer((text) => send(it, text));
  const choosing = talk === null ? chooser({ wanted, onSample: box.fill, signal }) : null;
  const sheet = h("div", { class: "card composing" }, choosing?.element, box.element);
  const it = {
    talk, keep, signal, turns, box, choosing, sheet,
    /** The task that waits for an answer of the person. */
    asks: null,
    /** Resolves once all that became of the last turn is there. */
    over: Promise.resolve(),
    /** The same words to the same one keep their key until it is known that they arrived. */
    tried: {},
  };
  place.append(turns, sheet);
  if (talk !== null) resume(it);
}

/** Shows a conversation as it stands. */
function resume(it) {
  const { talk, turns } = it;
  const last = talk.turns.at(-1);
  const follows = talk.task !== null && last.task === talk.task;
  const past = follows ? talk.turns.slice(0, -1) : talk.turns;
  turns.append(...past.map((each, index) => pastTurn(each, index + 1)));
  settled(it);
  if (follows) it.over = follow(it, last);
  else turns.lastElementChild.scrollIntoView({ block: "nearest" });
}

async function send(it, text) {
  if (it.asks === null) await it.over;
  const choice = it.talk?.choice ?? it.choosing.chosen();
  if (choice === null) throw new HttpError(400, { detail: "There is nobody to ask yet" });
  const words = `${it.asks?.task_id ?? choice.name} ${text}`;
  if (it.tried.words !== words) it.tried = { words, key: newKey() };
  if (it.asks !== null) await answer(it.asks, text, it.tried.key);
  else if (choice.kind === "model") await sendToModel(it, it.talk ?? newConversation(choice), text);
  else await sendToAgent(it, it.talk ?? newConversation(choice), text, it.tried.key);
  it.tried = {};
}
