// Words for tasks: how long something took, what one is called.

import { who } from "../base/words.js";

const two = (number) => String(number).padStart(2, "0");

/** `350 ms`, `12.1 s`, `3 min 05 s`, `2 h 05 min`, `4 d 4 h`; nothing where it is not known. */
export function took(ms) {
  if (typeof ms !== "number") return "";
  if (ms < 999.5) return `${Math.max(0, Math.round(ms))} ms`;
  if (ms < 59_950) return `${(ms / 1000).toFixed(1)} s`;
  const seconds = Math.round(ms / 1000);
  const minutes = Math.floor(seconds / 60);
  const hours = Math.floor(minutes / 60);
  if (hours < 1) return `${minutes} min ${two(seconds % 60)} s`;
  return hours < 24 ? `${hours} h ${two(minutes % 60)} min` : `${Math.floor(hours / 24)} d ${hours % 24} h`;
}

/** What was asked, as far as it fits on a line. */
export function titleOf({ title, input, target }) {
  const line = cut((title ?? (typeof input === "string" ? input : "")).slice(0, 400).replace(/\s+/g, " ").trim(), 160);
  return line || `Task for ${who(target)}`;
}

export const cut = (text, most) => (text.length > most ? `${text.slice(0, most)}…` : text);
