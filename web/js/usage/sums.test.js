import assert from "node:assert/strict";
import { test } from "node:test";

import { barsOf, largest, roundTicks, sum } from "./sums.js";

const row = (model, tokens_in, tokens_out, at = 0) => ({ at, model, calls: 1, tokens_in, tokens_out });

test("the largest models have names, the rest is others", () => {
  const models = Array.from({ length: 200 }, (_, n) => row(`m${n}`, 200 - n, 0));
  assert.deepEqual(largest(models, 3), ["m0", "m1", "m2", null]);
  assert.deepEqual(largest(models.slice(0, 2), 2), ["m0", "m1"]);
  assert.deepEqual(largest([row("a", 5, 0), row("other", 900, 0)], 3), ["a", null]);
});

test("no token is lost between rows and bars", () => {
  const series = Array.from({ length: 500 }, (_, n) => row(`m${n % 13}`, n, n % 7, n * 37 % 1000 - 50));
  const shown = largest(Array.from({ length: 13 }, (_, n) => row(`m${n}`, n, 0)), 4);
  const parts = barsOf(series, [0, 100, 200, 300], shown).flatMap((bar) => bar.parts);
  const all = parts.reduce((total, part) => ({ calls: total.calls + part.calls, in: total.in + part.in, out: total.out + part.out }));
  assert.deepEqual(all, sum(series));
});

test("a model may be called like a member of objects", () => {
  const [{ parts }] = barsOf([row("__proto__", 1, 2), row("constructor", 3, 4)], [0], ["__proto__", "constructor"]);
  assert.deepEqual(parts.map((part) => part.in), [1, 3]);
});

test("ticks are round, few, and reach over the largest number", () => {
  assert.deepEqual(roundTicks(97), [0, 20, 40, 60, 80, 100]);
  assert.deepEqual(roundTicks(0), [0, 1]);
  for (let max = 1; max < 1e12; max = Math.ceil(max * 1.7)) {
    const ticks = roundTicks(max);
    assert.ok(ticks.length >= 2 && ticks.length <= 7, `${max}: ${ticks}`);
    assert.ok(ticks.at(-1) >= max && ticks.at(-2) < max, `${max}: ${ticks}`);
    assert.ok(ticks.every(Number.isInteger));
  }
});
