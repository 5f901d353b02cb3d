// How long something took, and how often it was tried.

import { isOver } from "./state.js";

const two = (number) => String(number).padStart(2, "0");

/** A span of milliseconds: `350 ms`, `9.9 s`, `12 s`, `3 min 05 s`, `2 h 05 min`, `4 d 4 h`. */
export function span(ms) {
  if (ms < 999.5) return `${Math.max(0, Math.round(ms))} ms`;
  if (ms < 9950) return `${(ms / 1000).toFixed(1)} s`;
  const seconds = Math.round(ms / 1000);
  const minutes = Math.floor(seconds / 60);
  const hours = Math.floor(minutes / 60);
  if (minutes < 1) return `${seconds} s`;
  if (hours < 1) return `${minutes} min ${two(seconds % 60)} s`;
  if (hours < 24) return `${hours} h ${two(minutes % 60)} min`;
  return `${Math.floor(hours / 24)} d${hours % 24 > 0 ? ` ${hours % 24} h` : ""}`;
}

export const endOf = (task) => (isOver(task) ? task.updated_ms : null);

/** How long a task took, or takes until `now`. */
export const tookOf = (task, now) => (endOf(task) ?? now) - task.created_ms;

/** `12 s, 9.0 s of it waiting`: the same in words, with the time before anybody took it. */
export function effortOf(task, now) {
  const waited = (task.attempts[0]?.started ?? 0) - task.created_ms;
  return `${span(tookOf(task, now))}${isOver(task) && waited >= 1000 ? `, ${span(waited)} of it waiting` : ""}`;
}

/** How often it was really tried: attempts that were given back, or that asked back, are none. */
export const triesOf = (task) => task.attempts.filter(({ outcome }) => !/^released$|-required$/.test(outcome)).length;
