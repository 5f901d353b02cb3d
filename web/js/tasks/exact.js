// Keeps the numbers of an input that JavaScript cannot hold, such as 64-bit ids, as they were
// written: whoever runs a task again sends the same.

import { open } from "../base/http.js";

const LONG = /\d{16}|\d\.\d{15}|\de[+-]?\d/i;

/** Whether an input, as it was read, may not be what was sent. */
export const isUnsure = (input) => LONG.test(JSON.stringify(input) ?? "");

/** The input of task `id` in the text of a tree. Older browsers have no way to keep it exact. */
export function exactIn(text, id) {
  const keep = (_key, value, { source } = {}) =>
    (typeof value === "number" && source !== undefined && JSON.rawJSON && String(value) !== source ? JSON.rawJSON(source) : value);
  return JSON.parse(text, keep).tasks.find((task) => task.task_id === id)?.input;
}

/** Gives a function that puts the exact input into a tree; it reads it once more where that is needed. */
export function exactness(id, path, signal) {
  let known = null;
  return async function exact(tree) {
    const task = tree.tasks.find((each) => each.task_id === id);
    const read = JSON.stringify(task?.input);
    if (!task || !isUnsure(task.input)) return tree;
    if (known?.read !== read) {
      known = { read, input: exactIn(await (await open(path, { signal })).text(), id) ?? task.input };
    }
    task.input = known.input;
    return tree;
  };
}
