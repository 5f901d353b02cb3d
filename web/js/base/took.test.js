// Run with `node --test web/js/`; the page does not load this file.

import assert from "node:assert/strict";
import { test } from "node:test";

import { effortOf, span, triesOf } from "./took.js";

test("a span is as exact as people need it", () => {
  assert.deepEqual([-1, 0, 999.4, 999.6, 5000, 9949, 9951, 12_600, 59_499, 59_501, 185_000, 7_500_000, 100 * 3_600_000].map(span),
    ["0 ms", "0 ms", "999 ms", "1.0 s", "5.0 s", "9.9 s", "10 s", "13 s", "59 s", "1 min 00 s", "3 min 05 s", "2 h 05 min", "4 d 4 h"]);
});

test("a task has one duration, and the time before anybody took it is said", () => {
  const task = { state_name: "completed", created_ms: 0, updated_ms: 12_000, attempts: [{ started: 9000 }] };
  assert.equal(effortOf(task, 99_000), "12 s, 9.0 s of it waiting");
  assert.equal(effortOf({ ...task, attempts: [{ started: 300 }] }, 99_000), "12 s");
  assert.equal(effortOf({ ...task, state_name: "submitted", attempts: [] }, 99_000), "1 min 39 s");
});

test("attempts that asked back or were given back are no tries", () => {
  const attempts = ["released", "input-required", "lost", "retry", null].map((outcome) => ({ outcome }));
  assert.equal(triesOf({ attempts }), 3);
});
