// Run with `node --test web/js/`; the page does not load this file.

import assert from "node:assert/strict";
import { test } from "node:test";

import { all, familyOf } from "./handoff.js";

test("all below a task, oldest first, with their calls", () => {
  const task = (task_id, parent, created_ms) => ({ task_id, parent, created_ms });
  const tasks = [task("d", "a", 3), task("c", "b", 2), task("b", "a", 1), task("a", undefined, 0), task("x", "gone", 0)];
  const family = familyOf({ tasks, calls: [{ task_id: "c" }, { task_id: "gone" }] });
  assert.deepEqual(all(family.get("a")).map((each) => each.task_id), ["a", "b", "c", "d"]);
  assert.equal(family.get("c").calls.length, 1);
});
