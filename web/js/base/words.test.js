import assert from "node:assert/strict";
import test from "node:test";

import { listed, who } from "./words.js";

test("many names fit in a sentence", () => {
  assert.equal(listed(["a"]), "a");
  assert.equal(listed(["a", "b", "c"]), "a, b and c");
  assert.equal(listed(["a", "b", "c", "d", "e"]), "a, b, c and 2 more");
});

test("a name cannot turn the sentence around it", () => {
  assert.equal(who("http://a.example/\u202egnp\u2066"), "a.example/gnp");
});
