// Run with `node --test web/js/`; the page does not load this file.

import assert from "node:assert/strict";
import { test } from "node:test";

// What the modules under test want of a browser, before they are loaded.
globalThis.document = Object.assign(new EventTarget(), { getElementById: () => ({ textContent: "", hidden: true }) });
globalThis.addEventListener ??= () => {};
const { watch } = await import("./watch.js");

const task = (task_id, state_name = "working", more = {}) => ({ task_id, state_name, created_ms: 1, ...more });
const event = (seq, kind = "status") => ({ seq, kind });

/** A gateway with tasks, told anew by `looks` each time they are looked at, and with the events of each. */
function gateway(looks, events) {
  const seen = { heard: [], open: 0, most: 0, looks: 0, read: [] };
  globalThis.fetch = async (path, { headers, signal }) => {
    signal.throwIfAborted();
    const { pathname, searchParams } = new URL(path, "http://gateway");
    const id = pathname.split("/").at(-1);
    if (pathname.includes("/tree/")) {
      const tasks = looks[Math.min(seen.looks, looks.length - 1)];
      seen.looks += 1;
      return tasks ? Response.json({ tasks, calls: [] }) : Response.json({}, { status: 503 });
    }
    if (events[id] === undefined) return Response.json({}, { status: 404 });
    const after = Number(searchParams.get("after") ?? headers["Last-Event-ID"] ?? 0);
    const found = events[id].filter(({ seq }) => seq > after);
    if (searchParams.has("history")) {
      seen.read.push(`${id} ${after}`);
      return Response.json({ events: found.slice(0, 2), next: found.length > 2 ? found[1].seq : null });
    }
    seen.heard.push(id);
    seen.most = Math.max(seen.most, seen.open += 1);
    return new Response(new ReadableStream({
      start(stream) {
        for (const each of found) stream.enqueue(new TextEncoder().encode(`data: ${JSON.stringify(each)}\n\n`));
        signal.addEventListener("abort", () => {
          seen.open -= 1;
          stream.error(signal.reason);
        });
      },
    }));
  };
  return seen;
}

async function watched({ isSeen = () => true, signal = new AbortController().signal } = {}) {
  const told = [];
  let trees = 0;
  await watch("a", { signal, isSeen, onTree: () => { trees += 1; }, onEvent: ({ seq }, { task_id: id }) => told.push(`${id}${seq}`) });
  return { told, trees };
}

test("each event of the request and of what it was handed on to is told once, until it has ended", async () => {
  const events = { a: [event(1), event(2, "working"), event(3), event(4), event(5, "completed")], b: [event(1), event(2)] };
  const child = task("b", "completed", { parent: "a" });
  const seen = gateway([[task("a"), child], null, [task("a", "completed"), child]], events);
  const { told, trees } = await watched();
  assert.deepEqual(told.toSorted(), ["a1", "a2", "a3", "a4", "a5", "b1", "b2"]);
  assert.deepEqual([trees, seen.read.filter((each) => each.startsWith("b"))], [2, ["b 0"]]);
  await new Promise(setImmediate);
  assert.deepEqual([seen.most, seen.open], [1, 0]);
});

test("whoever is at work is listened to, one after the other", async () => {
  const child = (state) => task("b", state, { parent: "a" });
  const looks = [[task("a"), child("working")], [task("a"), child("completed")], [task("a", "completed"), child("completed")]];
  const seen = gateway(looks, { a: [event(1, "child")], b: [event(1, "working")] });
  await watched();
  assert.deepEqual(seen.heard, ["b", "a"]);
});

test("nothing is listened to while nobody looks; what may not be read is left out", async () => {
  const seen = gateway([[task("a", "failed"), task("b", "working", { parent: "a" })]], { a: [event(1, "failed")] });
  assert.deepEqual((await watched({ isSeen: () => false })).told, ["a1"]);
  assert.equal(seen.most, 0);
});

test("a refusal ends it, and so does leaving", async () => {
  globalThis.fetch = async () => Response.json({ detail: "unknown task" }, { status: 404 });
  await assert.rejects(watched(), { status: 404 });
  gateway([[task("a")]], { a: [] });
  const over = new AbortController();
  const left = assert.rejects(watched({ signal: over.signal }), { name: "AbortError" });
  over.abort();
  await left;
});
