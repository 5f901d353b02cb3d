// Run with `node --test web/js/`; the page does not load this file.

import assert from "node:assert/strict";
import { test } from "node:test";

import { textPlace } from "./textplace.js";

test("words stand behind their bar where there is room, else before it, else in it", () => {
  assert.deepEqual(textPlace({ from: 10, to: 40 }, 20), { x: 40, anchor: "start", dx: 6, inside: false });
  assert.deepEqual(textPlace({ from: 50, to: 95 }, 20), { x: 50, anchor: "end", dx: -6, inside: false });
  assert.deepEqual(textPlace({ from: 50, to: 95 }, 20, 16), { x: 95, anchor: "start", dx: 6, inside: false });
  assert.deepEqual(textPlace({ from: 5, to: 95 }, 20), { x: 5, anchor: "start", dx: 6, inside: true });
});

test("words never leave the lane", () => {
  for (let turn = 0; turn < 500; turn += 1) {
    const [from, to] = [Math.random() * 100, Math.random() * 100].sort((a, b) => a - b);
    const [share, room] = [Math.random() * 60, Math.random() * 20];
    const { x, anchor } = textPlace({ from, to }, share, room);
    const [left, right] = anchor === "start" ? [x, x + share] : [x - share, x];
    assert.ok(left >= -1e-9 && right <= 100 + room + 1e-9);
  }
});
