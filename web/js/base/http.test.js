// Run with `node --test web/js/`; the page does not load this file.

import assert from "node:assert/strict";
import { test } from "node:test";

// What the modules under test want of a browser, before they are loaded.
const elements = {};
globalThis.document = { getElementById: (id) => (elements[id] ??= { textContent: "", hidden: true }) };
globalThis.addEventListener ??= () => {};
const { json } = await import("./http.js");
const { onBack } = await import("./link.js");
const session = await import("./session.js");

/** A gateway whose answers come when they are let go: `answer(response)`, oldest first. */
function gateway() {
  const open = [];
  globalThis.fetch = (path, { signal, headers }) => new Promise((resolve, reject) => {
    open.push({ resolve, headers });
    signal.addEventListener("abort", () => reject(signal.reason));
  });
  return { open, answer: (body, init) => open.shift().resolve(Response.json(body, init)) };
}

const turn = () => new Promise(setImmediate);

test("what was refused to one who has left does not sign out who came after", async () => {
  let lost = 0;
  session.onLost(() => { lost += 1; });
  const { answer } = gateway();
  session.open({ token: "alice" });
  const late = json("/late").catch((error) => error);
  session.open({ token: "bob" });
  answer({ error: "invalid_token" }, { status: 401 });
  assert.equal((await late).status, 401);
  assert.deepEqual([lost, session.signedIn()], [0, true]);
  const own = json("/own").catch((error) => error);
  answer({ error: "invalid_token" }, { status: 401 });
  assert.equal((await own).status, 401);
  assert.deepEqual([lost, session.signedIn()], [1, false]);
});

test("what was asked in a person's name ends when they leave", async () => {
  gateway();
  session.open({ csrf: "c" });
  const asked = json("/long").catch((error) => error);
  session.close();
  assert.equal((await asked).name, "AbortError");
});

test("every request of a cookie says whose page asks", async () => {
  const { open } = gateway();
  session.open({ csrf: "mine" });
  json("/any").catch(() => {});
  assert.equal(open[0].headers["X-Attach-CSRF"], "mine");
  session.close();
});

test("one request without an answer is no lost gateway; two are", async (t) => {
  t.mock.timers.enable({ apis: ["setTimeout"] });
  const told = [];
  const over = new AbortController();
  onBack((wasTold) => told.push(wasTold), over.signal);
  let isUp = true;
  globalThis.fetch = async (path) => {
    if (path === "/healthz" && isUp) return Response.json({});
    throw new TypeError("nobody there");
  };
  for (isUp of [true, false]) {
    await json("/any").catch(() => {});
    assert.equal(elements.link.hidden, true);
    t.mock.timers.tick(1000);
    await turn();
    assert.equal(elements.link.hidden, isUp);
  }
  isUp = true;
  t.mock.timers.tick(10_000);
  await turn();
  assert.equal(elements.link.hidden, true);
  assert.deepEqual(told, [false, true]);
  over.abort();
});
