// Run with `node --test web/js/`; the page does not load this file.

import assert from "node:assert/strict";
import { test } from "node:test";

import { partOf, took } from "./lengths.js";

test("a length is as exact as people need it", () => {
  assert.deepEqual([0, 0.4, 1, 999.4, 999.6, 1000, 12_149, 59_949, 59_951, 185_000, 7_500_000, 100 * 3_600_000].map(took),
    ["0 ms", "<1 ms", "1 ms", "999 ms", "1.0 s", "1.0 s", "12.1 s", "59.9 s", "1 min 00 s", "3 min 05 s", "2 h 05 min", "4 d 4 h"]);
  assert.equal(took(null), "");
  assert.equal(took(undefined), "");
});

test("a part of a whole says the unit once where both have it", () => {
  assert.equal(partOf(9200, 12_100), "9.2 of 12.1 s");
  assert.equal(partOf(300, 12_100), "300 ms of 12.1 s");
  assert.equal(partOf(61_000, 185_000), "1 min 01 s of 3 min 05 s");
});
