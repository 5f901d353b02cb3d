// What a task is called.

import { cut, who } from "../base/words.js";

/** What was asked, as far as it fits on a line. */
export function titleOf({ title, input, target }) {
  const line = cut((title ?? (typeof input === "string" ? input : "")).slice(0, 400).replace(/\s+/g, " ").trim(), 160);
  return line || `Task for ${who(target)}`;
}
