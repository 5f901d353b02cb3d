import assert from "node:assert/strict";
import { test } from "node:test";

import { SPANS, barName, edgesOf, isRound, tickName } from "./spans.js";

const [hour, day, week, month] = SPANS;
const now = new Date(2026, 10, 26, 19, 22, 41).getTime();

test("the last bar has this moment in it, and all lie beside each other", () => {
  for (const span of SPANS) {
    const edges = edgesOf(span, now);
    assert.equal(edges.length, span.bars);
    assert.ok(edges.at(-1) <= now && now < edges.at(-1) + span.bar);
    // A day on which clocks are changed is an hour longer or shorter.
    assert.ok(edges.every((edge, place) => place === 0 || Math.abs(edge - edges[place - 1] - span.bar) <= 3_600_000));
    assert.ok((now - edges[0]) / { minute: 60_000, hour: 3_600_000 }[span.step] < 1000);
  }
});

test("days begin at midnight here", () => {
  for (const span of [week, month]) assert.ok(edgesOf(span, now).every((edge) => new Date(edge).getHours() === 0));
});

test("words stand at round times, and there are few", () => {
  for (const span of SPANS) {
    const named = edgesOf(span, now).filter((from) => isRound(from, span));
    assert.ok(named.length >= 3 && named.length <= 5, `${span.name}: ${named.length}`);
  }
  const named = edgesOf(hour, now).filter((from) => isRound(from, hour));
  assert.ok(named.every((from) => new Date(from).getMinutes() % 15 === 0));
});

test("bars and ticks have names", () => {
  const at = new Date(new Date().getFullYear(), 10, 26, 14).getTime();
  assert.deepEqual([barName(at, day), tickName(at, day)], ["14:00, 26 Nov", "14:00"]);
  assert.deepEqual([barName(at, month), tickName(at, month)], ["26 Nov", "26 Nov"]);
});
