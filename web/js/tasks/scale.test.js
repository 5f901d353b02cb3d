// Run with `node --test web/js/`; the page does not load this file.

import assert from "node:assert/strict";
import { test } from "node:test";

import { around, lengthOf, place, roomFor, spanOf, ticks } from "./scale.js";

const whole = { from: 1000, to: 11_000 };
const texts = (length) => ticks({ from: 0, to: length }, 0).map((tick) => tick.text);

test("ticks stand at round distances in the unit that fits", () => {
  assert.deepEqual(texts(5), ["0", "1 ms", "2 ms", "3 ms", "4 ms", "5 ms"]);
  assert.deepEqual(texts(12_100), ["0", "5 s", "10 s"]);
  assert.deepEqual(texts(100_000), ["0", "30 s", "1 min", "1 min 30 s"]);
  assert.deepEqual(texts(40 * 86_400_000), ["0", "8 d", "16 d", "24 d", "32 d", "40 d"]);
});

test("ticks are few, in sight, and each said differently, whatever is shown", () => {
  for (let turn = 0; turn < 2000; turn += 1) {
    const from = Math.floor(Math.random() * 10 ** (turn % 10));
    const shown = { from, to: from + 5 + Math.random() * 10 ** (turn % 11) };
    const found = ticks(shown, 0);
    assert.ok(found.length <= 6);
    assert.ok(found.every((tick) => tick.at >= shown.from && tick.at <= shown.to));
    assert.equal(new Set(found.map((tick) => tick.text)).size, found.length, JSON.stringify({ shown, found }));
  }
});

test("a span has its moment in the middle, but never leaves the whole", () => {
  assert.deepEqual(around(6000, 2000, whole), { from: 5000, to: 7000 });
  assert.deepEqual(around(1500, 2000, whole), { from: 1000, to: 3000 });
  assert.deepEqual(around(0, 99_000, whole), whole);
  assert.deepEqual(lengthOf(around(5000, 0, whole)), 5);
  assert.equal(place(whole, 3500), 25);
  assert.deepEqual(spanOf(7, 7), { from: 7, to: 12 });
});

test("words stand behind their bar where there is room, else before it or in it", () => {
  const where = (from, to) => roomFor(from, to).where;
  assert.deepEqual([where(10, 40), where(50, 95), where(5, 95), where(-900, 950), where(120, 130), where(-20, -10)],
    ["behind", "before", "in", "in", "before", "behind"]);
  assert.deepEqual(roomFor(50, 95), { where: "before", left: 0, right: 50 });
  assert.deepEqual(roomFor(120, 130), { where: "before", left: 0, right: 0 });
});
