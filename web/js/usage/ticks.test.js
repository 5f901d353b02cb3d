import assert from "node:assert/strict";
import { test } from "node:test";

import { roundTicks, timeTicks } from "./ticks.js";

test("ticks are round and reach over the largest number", () => {
  assert.deepEqual(roundTicks(97), [0, 20, 40, 60, 80, 100]);
  assert.deepEqual(roundTicks(100), [0, 20, 40, 60, 80, 100]);
  assert.deepEqual(roundTicks(12_345), [0, 5000, 10_000, 15_000]);
  assert.deepEqual(roundTicks(1), [0, 1]);
  assert.deepEqual(roundTicks(0), [0, 1]);
});

test("any number has a few ticks, evenly apart", () => {
  for (let max = 1; max < 1e12; max = Math.ceil(max * 1.7)) {
    const ticks = roundTicks(max);
    assert.ok(ticks.length >= 2 && ticks.length <= 7, `${max}: ${ticks}`);
    assert.ok(ticks.at(-1) >= max && ticks.at(-2) < max, `${max}: ${ticks}`);
    assert.ok(ticks.every(Number.isInteger));
  }
});

const at = (hour, minute = 0, day = 26) => new Date(2026, 10, day, hour, minute).getTime();

test("words stand at round times, no more than fit", () => {
  const minutes = Array.from({ length: 60 }, (_, place) => at(14, 3 + place));
  const places = timeTicks(minutes, 1, 6);
  assert.deepEqual(places.map((place) => new Date(minutes[place]).getMinutes()), [10, 20, 30, 40, 50, 0]);
  const hours = Array.from({ length: 24 }, (_, place) => at(15 + place));
  assert.deepEqual(timeTicks(hours, 60, 5).map((place) => new Date(hours[place]).getHours()), [18, 0, 6, 12]);
});

test("days are thinned", () => {
  const days = Array.from({ length: 30 }, (_, place) => at(0, 0, place + 1));
  assert.deepEqual(timeTicks(days, 1440, 5), [0, 7, 14, 21, 28]);
  assert.ok(timeTicks(days, 1440, 1).length <= 1);
  const quarters = Array.from({ length: 28 }, (_, place) => at(6 * place, 0, 1));
  assert.deepEqual(timeTicks(quarters, 360, 4), [0, 8, 16, 24]);
});
