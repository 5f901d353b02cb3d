import assert from "node:assert/strict";
import test from "node:test";

import { fetched, numbers, said, summary, troubled, waits } from "./words.js";

const part = (name, state) => ({ name, state });

test("trouble is told by name", () => {
  const parts = [part("Memory", "away"), part("Redis", "away"), part("Traces", "degraded"), part("gRPC", "off")];
  assert.equal(summary({ ready: true, parts }), "Away: Memory and Redis. Works less well than it should: Traces.");
  assert.equal(troubled({ ready: true, parts }), true);
});

test("what is off is no trouble", () => {
  const found = { ready: true, parts: [part("gRPC", "off"), part("Tasks", "ok")] };
  assert.equal(summary(found), "All that is on works.");
  assert.equal(troubled(found), false);
});

test("many parts in trouble fit in a sentence", () => {
  const parts = ["a", "b", "c", "d", "e", "f"].map((name) => part(name, "degraded"));
  assert.equal(summary({ ready: false, parts }), "Works less well than it should: a, b, c and 3 more. The gateway is not ready.");
});

test("what is off is not counted", () => {
  assert.deepEqual(numbers({ tasks_running: 1200, tasks_waiting: 3, usage_waiting: null }), [["Tasks running", "1,200"], ["Tasks waiting", "3"]]);
  assert.equal(waits({ oldest_waiting_ms: 90_000 }), "The task that waits longest has done so for 1 min 30 s.");
  assert.equal(waits({ oldest_waiting_ms: null }), "No task waits.");
});

test("an age may be days", () => {
  assert.equal(fetched(3 * 24 * 3600_000), "3 d ago");
  assert.equal(fetched(null), "never");
});

test("a reason is a sentence, an address stays what it is", () => {
  assert.equal(said("kept in sqlite"), "Kept in sqlite.");
  assert.equal(said("http://localhost:9000 may call"), "http://localhost:9000 may call");
});
