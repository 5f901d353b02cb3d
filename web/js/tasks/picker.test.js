// Run with `node --test web/js/`; the page does not load this file.

import assert from "node:assert/strict";
import { test } from "node:test";

import { visible } from "./picker.js";

test("what is in sight is drawn, and little around it", () => {
  for (let turn = 0; turn < 2000; turn += 1) {
    const count = Math.floor(Math.random() * 100_000);
    const height = 20 + Math.floor(Math.random() * 60);
    const sight = Math.floor(Math.random() * 2000);
    const top = Math.floor(Math.random() * (count * height + 4000)) - 2000;
    const { from, to } = visible({ count, top, sight, height });
    assert.ok(from >= 0 && to <= count && to >= from && to - from <= sight / height + 27);
    const first = Math.max(0, Math.floor(top / height));
    const last = Math.min(count, Math.ceil((top + sight) / height));
    if (first < last) assert.ok(from <= first && to >= last, JSON.stringify({ count, height, sight, top, from, to }));
  }
});

test("nothing is drawn of nothing", () => {
  assert.deepEqual(visible({ count: 0, top: 0, sight: 800, height: NaN }), { from: 0, to: 0 });
  assert.deepEqual(visible({ count: 9, top: 0, sight: 800, height: 0 }), { from: 0, to: 0 });
});
