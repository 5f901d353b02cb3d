// How the page of a conversation looks while turns come and go.

import { capital, who } from "../base/words.js";

/** The first turn was taken: there is a conversation from here on. */
export function taken(it, talk) {
  it.talk = talk;
  it.keep(talk);
  it.choosing?.element.remove();
}

/** The box is for the next turn; with `stop` something runs. */
export function settled(it, stop = null) {
  const { talk, sheet, box } = it;
  it.asks = null;
  sheet.classList.toggle("on", talk !== null || stop !== null);
  const name = talk && (talk.choice.kind === "model" ? talk.choice.name : capital(who(talk.choice.name)));
  box.set({ label: name ? `Go on with ${name}` : "What do you need?", sends: stop !== null ? null : name ? "Send" : "Ask", stop });
}

/** Some agent waits for the person. */
export function waiting(it, task, stop) {
  it.asks = task;
  it.box.set({ label: `Answer ${capital(who(task.target))}`, sends: "Answer", stop });
  it.box.focus();
}

/** A new turn, in sight. */
export function opened({ turns }, element) {
  for (const each of turns.querySelectorAll("details[open]")) each.open = false;
  turns.append(element);
  // On a phone the keyboard would hide what was asked for.
  if (matchMedia("(pointer: coarse)").matches) element.querySelector("h2").focus({ preventScroll: true });
  element.scrollIntoView({ block: "start" });
  return element;
}
