// What those are called who work on a request.

import { capital } from "../base/words.js";

const WORKFLOW = "temporal://";
const LONGEST = 60;

/** The name of a task's target: an agent's, a workflow's, or where a URL leads. */
export function nameOf(target) {
  if (!target) return "gateway";
  if (target.startsWith(WORKFLOW)) return shorten(target.slice(WORKFLOW.length));
  return shorten(target.replace(/^https?:\/\//, ""));
}

/** The same at the head of a sentence: an address stays as it is written. */
export const titleOf = (target) => (target?.includes("://") ? nameOf(target) : capital(nameOf(target)));

/** The drawing that stands for it. */
export function pictureOf(target) {
  if (!target || target === "chat") return "gateway";
  return target.startsWith(WORKFLOW) ? "workflow" : target;
}

const shorten = (text) => (text.length > LONGEST ? `${text.slice(0, LONGEST - 1)}…` : text);

/** `a`, `a and b`, `a, b and 3 more`. */
export function listed(names) {
  if (names.length <= 1) return names.join("");
  if (names.length <= 3) return `${names.slice(0, -1).join(", ")} and ${names.at(-1)}`;
  return `${names.slice(0, 2).join(", ")} and ${names.length - 2} more`;
}
