// Run with `node --test web/js/`; the page does not load this file.

import assert from "node:assert/strict";
import { test } from "node:test";

import { visible, wanted } from "./windowing.js";

test("what is in sight is drawn, and never more than a few hundred rows", () => {
  for (let turn = 0; turn < 2000; turn += 1) {
    const count = Math.floor(Math.random() * 100_000);
    const height = 20 + Math.floor(Math.random() * 60);
    const sight = Math.floor(Math.random() * 2000);
    const top = Math.floor(Math.random() * (count * height + 4000)) - 2000;
    const { from, to } = visible({ count, top, sight, height });
    assert.ok(from >= 0 && to <= count && to >= from && to - from <= 200);
    const first = Math.max(0, Math.floor(top / height));
    const last = Math.min(count, Math.ceil((top + sight) / height));
    if (first < last) assert.ok(from <= first && to >= last, JSON.stringify({ count, height, sight, top, from, to }));
  }
});

test("nothing is drawn of nothing", () => {
  assert.deepEqual(visible({ count: 0, top: 0, sight: 800, height: 30 }), { from: 0, to: 0 });
  assert.deepEqual(visible({ count: 9, top: 0, sight: 800, height: 0 }), { from: 0, to: 0 });
});

test("rows that are held are drawn wherever they are, in order and once", () => {
  assert.deepEqual(wanted({ from: 3, to: 5 }, [1]), [1, 3, 4]);
  assert.deepEqual(wanted({ from: 3, to: 5 }, [9, 9, 7, 0]), [0, 3, 4, 7, 9]);
  assert.deepEqual(wanted({ from: 3, to: 5 }, [4, -1]), [3, 4]);
  assert.deepEqual(wanted({ from: 3, to: 5 }), [3, 4]);
});
