import assert from "node:assert/strict";
import { test } from "node:test";

import { arc, fraction, standing, windowWords } from "./arc.js";

test("a gauge goes from the left over the top to the right", () => {
  assert.equal(arc(80, 80, 70, 0), "");
  assert.equal(arc(80, 80, 70, 0.5), "M10 80A70 70 0 0 1 80 10");
  assert.equal(arc(80, 80, 70, 1), "M10 80A70 70 0 0 1 150 80");
  assert.equal(arc(80, 80, 70, 7), arc(80, 80, 70, 1));
});

test("what is left is between nothing and all", () => {
  assert.deepEqual([[5, 10], [-1, 10], [20, 10], [1, 0]].map(([left, limit]) => fraction(left, limit)), [0.5, 0, 1, 0]);
  assert.deepEqual([0, 1, 9].map((left) => standing(left, 10).state), ["away", "degraded", "ok"]);
});

test("windows are called by round times", () => {
  assert.deepEqual([60, 90, 300, 3600, 7200].map(windowWords),
    ["any minute", "any 90 seconds", "any 5 minutes", "any hour", "any 2 hours"]);
});
