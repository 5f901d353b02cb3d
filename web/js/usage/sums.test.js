import assert from "node:assert/strict";
import { test } from "node:test";

import { OTHERS, REST, bars, largest, placeOf, ranked, whole } from "./sums.js";

const row = (model, tokens_in, tokens_out, at = 0) => ({ at, model, calls: 1, tokens_in, tokens_out });

test("the largest models come first, the rest is others", () => {
  const models = Array.from({ length: 200 }, (_, n) => row(`m${n}`, n, 0));
  assert.deepEqual(largest(models, 3), { shown: ["m199", "m198", "m197", OTHERS], hidden: 197 });
  assert.deepEqual(largest(models.slice(0, 2), 3), { shown: ["m1", "m0"], hidden: 0 });
});

test("one model more is no others", () => {
  assert.equal(largest([row("a", 4, 0), row("b", 3, 0), row("c", 2, 0)], 2).hidden, 0);
});

test("the last edge that is not later", () => {
  assert.deepEqual([0, 10, 14, 20, 99].map((at) => placeOf(at, [10, 15, 20])), [0, 0, 0, 2, 2]);
});

test("no token is lost between rows and bars", () => {
  const series = Array.from({ length: 500 }, (_, n) => row(`m${n % 13}`, n, n % 7, n * 37 % 1000));
  const { shown } = largest(Array.from({ length: 13 }, (_, n) => row(`m${n}`, n, 0)), 4);
  const drawn = bars(series, [0, 100, 250, 600], 1000, shown);
  const sum = (pick) => drawn.reduce((total, bar) => total + pick(bar), 0);
  assert.equal(sum((bar) => bar.in), series.reduce((total, one) => total + one.tokens_in, 0));
  assert.equal(sum((bar) => bar.parts.reduce((total, part) => total + part.in + part.out, 0)), sum((bar) => bar.in + bar.out));
  assert.deepEqual(drawn.map((bar) => bar.to), [100, 250, 600, 1000]);
  assert.equal(whole(series, shown).out, sum((bar) => bar.out));
});

test("a model may be called like a member of objects", () => {
  const drawn = bars([row("__proto__", 1, 2), row("constructor", 3, 4)], [0], 10, ["__proto__", "constructor"]);
  assert.deepEqual(drawn[0].parts.map((part) => part.in), [1, 3]);
});

test("what the gateway has added up to the rest is among the others, however large", () => {
  const models = [row(REST, 900, 0), row("a", 5, 0), row("b", 9, 0)];
  assert.deepEqual(largest(models, 3), { shown: ["b", "a", OTHERS], hidden: null });
  assert.deepEqual(largest(models, 1), { shown: ["b", OTHERS], hidden: null });
  assert.deepEqual(ranked(models).map((one) => one.model), ["b", "a", REST]);
  assert.equal(whole(models, ["b", OTHERS]).parts[1].in, 905);
});
