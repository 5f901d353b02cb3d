import assert from "node:assert/strict";
import test from "node:test";

import { listed, span } from "./words.js";

test("a span may be days", () => {
  const minute = 60_000;
  for (const [ms, words] of [[-1, "0.0 s"], [5000, "5.0 s"], [12_900, "12 s"], [185_000, "3 min 05 s"], [125 * minute, "2 h 05 min"],
    [3 * 24 * 60 * minute, "3 days"]]) assert.equal(span(ms), words);
});

test("many names fit in a sentence", () => {
  assert.equal(listed(["a"]), "a");
  assert.equal(listed(["a", "b", "c"]), "a, b and c");
  assert.equal(listed(["a", "b", "c", "d", "e"]), "a, b, c and 2 more");
});
