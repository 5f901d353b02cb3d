// Erases one event or all of them, once one has said that it is meant.

import * as api from "../base/api.js";
import { sure } from "../base/sure.js";
import { kindName, titleOf } from "./event.js";

const ALL = "erase everything";

/** Whether the event is gone. */
export async function eraseOne(event, signal) {
  const isMeant = await sure({
    title: `Erase this ${kindName(event).toLowerCase()}?`,
    text: `“${titleOf(event)}” leaves memory for good, for you and for your agents. It cannot be undone.`,
    yes: "Erase it",
  }, signal);
  if (!isMeant) return false;
  // Gone already is what was wanted.
  await api.erase(event.id).catch((error) => { if (error.status !== 404) throw error; });
  return true;
}

/** Says how many are gone, or null where it was not meant. */
export async function eraseAll(signal) {
  const isMeant = await sure({
    title: "Erase everything you have here?",
    text: "All your prompts and answers, what your tasks were asked and became, documents and log lines leave memory for good. The tasks themselves and the usage stay. It cannot be undone.",
    yes: "Erase everything",
    typed: ALL,
  }, signal);
  if (!isMeant) return null;
  const { erased } = await api.eraseAll();
  return `${erased.toLocaleString("en-GB")} ${erased === 1 ? "event was" : "events were"} erased.`;
}
