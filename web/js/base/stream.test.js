// Run with `node --test web/js/`; the page does not load this file.

import assert from "node:assert/strict";
import { test } from "node:test";

// What the modules under test want of a browser, before they are loaded.
globalThis.document = Object.assign(new EventTarget(), { getElementById: () => ({ textContent: "", hidden: true }) });
globalThis.addEventListener ??= () => {};
const { follow, sseParser } = await import("./stream.js");

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

function parse(...pieces) {
  const found = [];
  const feed = sseParser((data) => found.push(data));
  for (const piece of pieces) feed(piece);
  return found;
}

test("an event is its data", () => {
  assert.deepEqual(parse('id: 7\nevent: task\ndata: {"seq":7}\n\n'), ['{"seq":7}']);
});

test("keep-alive comments give nothing", () => {
  assert.deepEqual(parse(":\n\n: data: a\n\n"), []);
});

test("an unfinished event is not given", () => {
  assert.deepEqual(parse("id: 1\ndata: half\n"), []);
});

test("several data lines are joined by line feeds", () => {
  assert.deepEqual(parse("data: a\ndata:\ndata: b\n\n"), ["a\n\nb"]);
});

test("only one leading space of a value is dropped", () => {
  assert.deepEqual(parse("data:  two\n\ndata:none\n\ndata: a: b\n\n"), [" two", "none", "a: b"]);
});

test("unknown fields and fields without a colon are no trouble", () => {
  assert.deepEqual(parse("data\nfoo: bar\n\n"), [""]);
});

for (const [name, end] of [["LF", "\n"], ["CRLF", "\r\n"]]) {
  test(`${name} line ends, cut at every place`, () => {
    const text = ["id: 1", "data: é1", "data: 2", "", ":", "id: 2", "data: 3", "", ""].join(end);
    const want = ["é1\n2", "3"];
    for (let cut = 0; cut <= text.length; cut += 1) assert.deepEqual(parse(text.slice(0, cut), text.slice(cut)), want, `cut at ${cut}`);
    assert.deepEqual(parse(...text), want, "one character at a time");
  });
}

test("a page takes no connection while it is hidden, and gives back the one that it has", async () => {
  const asked = gateway([[line(1, "submitted")], [line(2, "completed")]]);
  const soon = () => new Promise((resolve) => setTimeout(resolve, 50));
  document.hidden = true;
  const all = seen();
  await soon();
  assert.deepEqual(asked, []);
  document.hidden = false;
  while (asked.length === 0) await soon();
  document.dispatchEvent(new Event("visibilitychange"));
  assert.deepEqual((await all).events, [1, 2]);
  assert.deepEqual(asked, [null, "1"]);
});
