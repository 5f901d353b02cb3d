// The view of tasks: all of them, or one.

import { list } from "./list.js";
import { one } from "./one.js";

export const show = (place, { id, params }, signal) => (id === null ? list(place, params, signal) : one(place, id, signal));
