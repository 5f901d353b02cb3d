// What tasks are called.

import { who } from "../base/words.js";

export { who };

export const isAddress = (target) => typeof target === "string" && target.includes("://");

/** The first words of what was asked, where the gateway gave no title. */
export function titleOf(task) {
  const said = task.title || lastSaid(task.input);
  const line = said.replace(/\s+/g, " ").trim();
  if (line === "") return `Task for ${who(task.target)}`;
  return line.length > 160 ? `${Array.from(line).slice(0, 160).join("")}…` : line;
}

function lastSaid(input) {
  if (typeof input === "string") return input.slice(0, 400);
  if (input === null || typeof input !== "object") return "";
  const last = Array.isArray(input.messages) ? input.messages.at(-1)?.content : null;
  if (typeof last === "string") return last.slice(0, 400);
  if (Array.isArray(last)) return String(last.find((part) => typeof part?.text === "string")?.text ?? "").slice(0, 400);
  for (const name of ["text", "prompt", "question", "task", "title"]) {
    if (typeof input[name] === "string") return input[name].slice(0, 400);
  }
  return "";
}
