import assert from "node:assert/strict";
import { test } from "node:test";

import { windowName } from "./quota.js";

test("windows are called by round times", () => {
  assert.deepEqual([60, 90, 300, 3600, 7200].map(windowName), ["minute", "90 seconds", "5 minutes", "hour", "2 hours"]);
});
