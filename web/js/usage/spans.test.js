import assert from "node:assert/strict";
import { test } from "node:test";

import { SPANS, barName, edgesOf, tickName, ticks } from "./spans.js";

const [hour, day, week, month] = SPANS;
const now = new Date(2026, 10, 26, 19, 22, 41).getTime();

test("the last bar has this moment in it, and all lie beside each other", () => {
  for (const span of SPANS) {
    const edges = edgesOf(span, now);
    assert.equal(edges.length, span.bars);
    assert.ok(edges.at(-1) <= now && now < edges.at(-1) + span.bar);
    assert.ok(edges.every((edge, place) => place === 0 || edge - edges[place - 1] === span.bar));
    const steps = (span.bars * span.bar) / { minute: 60_000, hour: 3_600_000 }[span.step];
    assert.ok(steps <= 1000);
  }
});

test("days begin at midnight here", () => {
  assert.ok(edgesOf(month, now).slice(-5).every((edge) => new Date(edge).getHours() === 0));
  assert.ok(edgesOf(week, now).slice(-9).every((edge) => new Date(edge).getHours() % 6 === 0));
});

test("words stand at round times, no more than fit", () => {
  for (const span of SPANS) {
    for (const most of [3, 6, 12]) {
      const places = ticks(edgesOf(span, now), span, most);
      assert.ok(places.length > 0 && places.length <= most + 1, `${span.name} ${most}: ${places}`);
    }
  }
  const edges = edgesOf(hour, now);
  assert.ok(ticks(edges, hour, 6).every((place) => new Date(edges[place]).getMinutes() % 10 === 0));
});

test("bars and ticks have names", () => {
  const at = (hours) => new Date(2026, 10, 26, hours).getTime();
  assert.equal(barName(at(14), day.bar), "Thu 26 Nov, 14:00 to 15:00");
  assert.equal(barName(at(0), month.bar), "Thu 26 Nov");
  assert.equal(tickName(at(14), day.bar), "14:00");
  assert.equal(tickName(at(0), week.bar), "26 Nov");
  assert.equal(tickName(at(-1), month.bar), "26 Nov");
});
