// Run with `node --test web/js/`; the page does not load this file.

import assert from "node:assert/strict";
import { test } from "node:test";

import { around, bar, pan, place, spanOf, ticks, zoom } from "./scale.js";

const whole = { from: 1000, to: 11_000 };
const texts = (length, most = 6) => ticks({ from: 0, to: length }, 0, most).map((tick) => tick.text);

test("ticks stand at round distances in the unit that fits", () => {
  assert.deepEqual(texts(5), ["0", "1 ms", "2 ms", "3 ms", "4 ms", "5 ms"]);
  assert.deepEqual(texts(1000), ["0", "200 ms", "400 ms", "600 ms", "800 ms", "1.0 s"]);
  assert.deepEqual(texts(12_100), ["0", "5 s", "10 s"]);
  assert.deepEqual(texts(100_000), ["0", "30 s", "1:00 min", "1:30 min"]);
  assert.deepEqual(texts(3 * 3_600_000), ["0", "30:00 min", "1:00 h", "1:30 h", "2:00 h", "2:30 h", "3:00 h"]);
  assert.deepEqual(texts(40 * 86_400_000, 4), ["0", "10 d", "20 d", "30 d", "40 d"]);
});

test("ticks are few, in sight, in order and each said differently, whatever is shown", () => {
  for (let turn = 0; turn < 2000; turn += 1) {
    const from = Math.floor(Math.random() * 10 ** (turn % 10));
    const shown = { from, to: from + 5 + Math.random() * 10 ** (turn % 11) };
    const most = 2 + (turn % 9);
    const found = ticks(shown, 0, most);
    assert.ok(found.length <= most + 1, `${found.length} of ${most}`);
    assert.ok(found.every((tick) => tick.at >= shown.from && tick.at <= shown.to));
    assert.equal(new Set(found.map((tick) => tick.text)).size, found.length, JSON.stringify({ shown, found }));
  }
});

test("a bar is cut at the edges of what is shown, and knows it", () => {
  assert.deepEqual(bar(whole, 0, 6000), { from: 0, to: 50, before: true, after: false });
  assert.deepEqual(bar(whole, 3500, 20_000), { from: 25, to: 100, before: false, after: true });
  assert.equal(bar(whole, 0, 500), null);
  assert.equal(bar(whole, 12_000, 13_000), null);
});

test("zooming keeps the moment it is about in its place and never leaves the whole", () => {
  const closer = zoom(whole, whole, 0.5, 3500);
  assert.equal(place(closer, 3500), 25);
  assert.deepEqual(zoom(closer, whole, 100), whole);
  for (let turn = 0; turn < 500; turn += 1) {
    let shown = whole;
    for (let step = 0; step < 12; step += 1) {
      shown = Math.random() < 0.5
        ? zoom(shown, whole, 0.1 + Math.random() * 3, shown.from + Math.random() * (shown.to - shown.from))
        : pan(shown, whole, Math.random() * 2 - 1);
      assert.ok(shown.from >= whole.from - 1e-6 && shown.to <= whole.to + 1e-6 && shown.to > shown.from);
    }
  }
});

test("what takes no time still gets a span that can be drawn", () => {
  assert.deepEqual(spanOf(7, 7), { from: 7, to: 12 });
  const near = around(5000, 5000, whole);
  assert.ok(near.from < 5000 && near.to > 5000);
  assert.deepEqual(around(0, 20_000, whole), whole);
});
