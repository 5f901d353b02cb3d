import assert from "node:assert/strict";
import test from "node:test";

import { fetched, longer, numbers, summary, troubled, waits } from "./words.js";

const part = (name, state) => ({ name, state });

test("trouble is told by name", () => {
  const parts = [part("Memory", "away"), part("Redis", "away"), part("Traces", "degraded"), part("gRPC", "off")];
  assert.equal(summary({ ready: true, parts }), "Memory and Redis are away; Traces works less well than it should.");
  assert.equal(troubled({ ready: true, parts }), true);
});

test("what is off is no trouble", () => {
  const found = { ready: true, parts: [part("gRPC", "off"), part("Tasks", "ok")] };
  assert.equal(summary(found), "All that is on works.");
  assert.equal(troubled(found), false);
});

test("many parts in trouble fit in a sentence", () => {
  const parts = ["a", "b", "c", "d", "e", "f"].map((name) => part(name, "degraded"));
  assert.equal(summary({ ready: false, parts }), "a, b, c and 3 more work less well than they should. The gateway is not ready.");
});

test("what is off is not counted, and a task that waits long is marked", () => {
  const backlog = { tasks_running: 1200, tasks_waiting: 3, oldest_waiting_ms: 90_000, usage_waiting: null };
  assert.deepEqual(numbers(backlog), [
    { name: "Tasks running", value: "1,200", late: false },
    { name: "Tasks waiting", value: "3", late: true },
  ]);
  assert.equal(waits(backlog), "The task that waits longest has done so for 1 min 30 s.");
  assert.equal(waits({ oldest_waiting_ms: null }), "No task waits.");
});

test("ages go up to days", () => {
  assert.equal(longer(5000), "5.0 s");
  assert.equal(longer(2 * 3600_000 + 5 * 60_000), "2 h 05 min");
  assert.equal(fetched(3 * 24 * 3600_000), "3 days ago");
  assert.equal(fetched(null), "never");
});
