// Run with `node --test web/js/`; the page does not load this file.

import assert from "node:assert/strict";
import { test } from "node:test";

// What the modules under test want of a browser, before they are loaded.
globalThis.document = { getElementById: () => ({ textContent: "", hidden: true }) };
globalThis.addEventListener ??= () => {};
const { hearing } = await import("./hearing.js");

const task = (task_id, state_name = "working", updated_ms = 1) => ({ task_id, state_name, updated_ms, children: [], calls: [] });
const event = (seq, kind = "status") => ({ seq, kind });

/** A gateway with the events of tasks; a stream stays open until its request is aborted, or the task is over. */
function gateway(events, page = 2) {
  const seen = { open: 0, most: 0, read: [] };
  globalThis.fetch = async (path, { headers, signal }) => {
    const { pathname, searchParams } = new URL(path, "http://gateway");
    const id = pathname.split("/").at(-1);
    const after = Number(searchParams.get("after") ?? headers["Last-Event-ID"] ?? 0);
    if (events[id] === undefined) return Response.json({}, { status: 404 });
    const found = events[id].filter(({ seq }) => seq > after);
    if (searchParams.has("history")) {
      seen.read.push(`${id} ${after}`);
      const shown = found.slice(0, page);
      return Response.json({ events: shown, next: shown.length === page ? shown.at(-1).seq : null });
    }
    seen.most = Math.max(seen.most, seen.open += 1);
    const body = new ReadableStream({
      start(stream) {
        for (const each of found) stream.enqueue(new TextEncoder().encode(`data: ${JSON.stringify(each)}\n\n`));
        if (found.at(-1)?.kind === "completed") {
          seen.open -= 1;
          return stream.close();
        }
        signal.addEventListener("abort", () => {
          seen.open -= 1;
          stream.error(signal.reason);
        });
      },
    });
    return new Response(body);
  };
  return seen;
}

function ears() {
  const told = [];
  const over = new AbortController();
  let news = 0;
  const it = hearing({ signal: over.signal, onEvent: ({ seq }, { task_id: id }) => told.push(`${id}${seq}`), onNews: () => { news += 1; } });
  /** Waits for so much news since the beginning. */
  const until = async (count) => { while (news < count) await new Promise(setImmediate); };
  return { ...it, told, until, news: () => news, end: () => over.abort() };
}

test("each event is told once, whether it came by itself or was read, and one task alone is listened to", async () => {
  const events = { a: [event(1, "working")], b: [event(1), event(2, "working")] };
  const seen = gateway(events);
  const { listen, catchUp, told, end, until } = ears();
  listen(task("a"));
  await until(1);
  listen(task("b"));
  await until(2);
  events.a.push(event(2), event(3), event(4, "completed"));
  await catchUp([task("a", "completed", 2), task("b")]);
  await catchUp([task("a", "completed", 2), task("b")]);
  assert.deepEqual(told.toSorted(), ["a1", "a2", "a3", "a4", "b1", "b2"]);
  assert.deepEqual(seen.read, ["a 1", "a 3"]);
  assert.equal(seen.most, 1);
  listen(null);
  assert.equal(seen.open, 0);
  end();
});

test("the end of a task is news, and another can be listened to; one that cannot be heard is no news", async () => {
  const seen = gateway({ a: [event(1, "completed")], b: [event(1)] });
  const { listen, told, until, end, news } = ears();
  listen(task("a"));
  await until(2);
  await new Promise(setImmediate);
  listen(task("c"));
  for (let turns = 0; turns < 5; turns += 1) await new Promise(setImmediate);
  assert.equal(news(), 2);
  listen(task("b"));
  while (told.length < 2) await new Promise(setImmediate);
  assert.deepEqual([told, seen.most], [["a1", "b1"], 1]);
  end();
});
