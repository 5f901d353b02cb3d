// Run with `node --test web/js/`; the page does not load this file.

import assert from "node:assert/strict";
import { test } from "node:test";

// What the modules under test want of a browser, before they are loaded.
const elements = {};
const doubts = [];
globalThis.document = { getElementById: (id) => (elements[id] ??= { textContent: "", hidden: true }) };
globalThis.dispatchEvent = ({ type }) => doubts.push(type);
const { json } = await import("./http.js");
const { onBack } = await import("./link.js");
const session = await import("./session.js");

const turn = () => new Promise(setImmediate);

test("what is refused for who asks is doubted; nobody is not", async () => {
  globalThis.fetch = async (path) => Response.json({ error: path.slice(1) }, { status: path === "/csrf" ? 403 : 401 });
  await json("/any").catch(() => {});
  assert.deepEqual(doubts, []);
  session.open({ csrf: "mine" });
  for (const path of ["/any", "/csrf"]) await json(path).catch(() => {});
  assert.deepEqual(doubts, ["doubt", "doubt"]);
  session.open(null);
});

test("every request of a cookie says whose page asks", async () => {
  const asked = [];
  globalThis.fetch = async (path, { headers }) => {
    asked.push(headers);
    return Response.json({});
  };
  session.open({ csrf: "mine" });
  await json("/any");
  assert.equal(asked[0]["X-Attach-CSRF"], "mine");
  session.open(null);
});

test("one request without an answer is no lost gateway; two are", async (t) => {
  t.mock.timers.enable({ apis: ["setTimeout"] });
  let told = 0;
  const over = new AbortController();
  onBack(() => { told += 1; }, over.signal);
  let isUp = true;
  globalThis.fetch = async (path) => {
    if (path === "/healthz" && isUp) return Response.json({});
    throw new TypeError("nobody there");
  };
  for (isUp of [true, false]) {
    await json("/any").catch(() => {});
    assert.equal(document.getElementById("link").hidden, true);
    t.mock.timers.tick(1000);
    await turn();
    assert.equal(elements.link.hidden, isUp);
  }
  isUp = true;
  t.mock.timers.tick(10_000);
  await turn();
  assert.equal(elements.link.hidden, true);
  assert.equal(told, 2);
  over.abort();
});
