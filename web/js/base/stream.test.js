// Run with `node --test web/js/`; the page does not load this file.

import assert from "node:assert/strict";
import { test } from "node:test";

// What the modules under test want of a browser, before they are loaded.
globalThis.document = { getElementById: () => ({ textContent: "", hidden: true }) };
globalThis.addEventListener ??= () => {};
const { follow } = await import("./stream.js");

const line = (seq, kind) => `id: ${seq}\ndata: ${JSON.stringify({ seq, kind })}\n\n`;

/** A gateway that answers each request for events with the next of `streams`; `null` is one cut off. */
function gateway(streams, state = "in_progress") {
  const asked = [];
  globalThis.fetch = async (path, { headers = {} } = {}) => {
    if (path.startsWith("/a2a/tasks/status/")) return Response.json({ state });
    if (path === "/healthz") return Response.json({});
    asked.push(headers["Last-Event-ID"] ?? null);
    const pieces = streams.shift();
    if (pieces === undefined) throw new TypeError("nobody there");
    return new Response(new ReadableStream({
      start(stream) {
        for (const piece of pieces) {
          if (piece === null) return stream.error(new TypeError("cut off"));
          stream.enqueue(new TextEncoder().encode(piece));
        }
        stream.close();
      },
    }, { highWaterMark: 0 }));
  };
  return asked;
}

async function seen(options = {}) {
  const events = [];
  await follow("t", {
    signal: new AbortController().signal,
    onEvent: (event) => events.push(event.seq),
    ...options,
  });
  return { events };
}

test("after a lost connection it goes on after the last event, and none comes twice", async () => {
  const asked = gateway([[line(1, "submitted"), line(2, "working")], [line(2, "working"), line(3, "completed")]]);
  const { events } = await seen();
  assert.deepEqual(events, [1, 2, 3]);
  assert.deepEqual(asked, [null, "2"]);
});

test("half an event that was cut off comes whole the next time", async () => {
  gateway([[line(1, "submitted"), "id: 2\ndata: {\"seq\":2"], [line(2, "failed")]]);
  assert.deepEqual((await seen()).events, [1, 2]);
});

test("it begins after the number that it is given", async () => {
  const asked = gateway([[line(8, "completed")]]);
  assert.deepEqual((await seen({ after: 7 })).events, [8]);
  assert.deepEqual(asked, ["7"]);
});

test("a stream without an end is over when the task is, and nothing more comes", async () => {
  const asked = gateway([[line(1, "submitted")], [line(2, "document")], []], "done");
  assert.deepEqual((await seen()).events, [1, 2]);
  assert.equal(asked.length, 3);
});

test("a refusal is not tried again", async () => {
  globalThis.fetch = async () => Response.json({ detail: "unknown task" }, { status: 404 });
  await assert.rejects(seen(), (error) => error.status === 404);
});

test("who stops it hears no more", async () => {
  gateway([[line(1, "submitted")]]);
  const stop = new AbortController();
  const events = [];
  await assert.rejects(follow("t", {
    signal: stop.signal,
    onEvent(event) {
      events.push(event.seq);
      stop.abort();
    },
  }));
  assert.deepEqual(events, [1]);
});
