import assert from "node:assert/strict";
import { test } from "node:test";

import { LONGEST, SPANS, cutSpan } from "./spans.js";
import { barName, tickName } from "./moments.js";

const MINUTE = 60_000;
const now = new Date(2026, 10, 26, 19, 22, 41).getTime();
const of = (name) => cutSpan(now - SPANS.find((span) => span.name === name).length, now);

test("the usual spans have the bars that people expect", () => {
  assert.deepEqual(SPANS.map(({ name }) => [of(name).edges.length, of(name).minutes, of(name).step]), [
    [60, 1, "minute"], [24, 60, "hour"], [29, 360, "hour"], [31, 1440, "hour"]]);
});

test("bars lie beside each other and reach to the end", () => {
  for (let length = MINUTE; length <= LONGEST; length = Math.ceil(length * 1.6)) {
    for (const coarse of [false, true]) {
      const { edges, end, minutes, step } = cutSpan(now - length, now, coarse);
      assert.ok(edges.length >= 1 && edges.length <= 64, `${length}: ${edges.length}`);
      assert.ok(end >= now && edges.at(-1) < now);
      assert.ok(edges.every((edge, place) => place === 0 || edge > edges[place - 1]));
      const steps = (end - edges[0]) / ({ minute: 1, hour: 60, day: 1440 }[step] * MINUTE);
      assert.ok(steps <= 1000, `${length}: ${steps} steps`);
      assert.ok(minutes >= { minute: 1, hour: 60, day: 1440 }[step]);
    }
  }
});

test("days begin at midnight here, or in UTC where whole days are asked for", () => {
  const here = cutSpan(now - 30 * 1440 * MINUTE, now);
  assert.equal(new Date(here.edges[3]).getHours(), 0);
  const there = cutSpan(now - 30 * 1440 * MINUTE, now, true);
  assert.equal(there.utc, true);
  assert.equal(there.edges[3] % (1440 * MINUTE), 0);
});

test("bars and ticks have names", () => {
  const from = new Date(2026, 10, 26, 14).getTime();
  assert.equal(barName({ from, to: from + 60 * MINUTE }, 60, false), "Thu 26 Nov, 14:00 to 15:00");
  assert.equal(barName({ from: Date.UTC(2026, 10, 26), to: 0 }, 1440, true), "Thu 26 Nov (UTC)");
  assert.equal(tickName(from, 60, false), "14:00");
  assert.equal(tickName(new Date(2026, 10, 26).getTime(), 60, false), "26 Nov");
});

test("days of 23 and 25 hours are days all the same", () => {
  for (const [month, day] of [[2, 29], [9, 25], [2, 8], [10, 1]]) {
    const until = new Date(2026, month, day + 2, 13).getTime();
    const { edges } = cutSpan(until - 7 * 1440 * MINUTE, until);
    assert.ok(edges.every((edge) => new Date(edge).getHours() % 6 === 0));
    const days = cutSpan(until - 30 * 1440 * MINUTE, until).edges;
    assert.ok(days.every((edge) => new Date(edge).getHours() === 0));
    assert.equal(new Set(days).size, 31);
  }
});
