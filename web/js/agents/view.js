// Whom one can ask: all agents, or one of them.

import { list } from "./list.js";
import { one } from "./one.js";

export function show(place, { id }, signal) {
  return id === null ? list(place, signal) : one(place, id, signal);
}
