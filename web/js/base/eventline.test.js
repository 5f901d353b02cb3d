// Run with `node --test web/js/`; the page does not load this file.

import assert from "node:assert/strict";
import { test } from "node:test";

import { eventLine } from "./eventline.js";

const line = (kind, data = null, more = {}) => eventLine({ seq: 1, at: 1, kind, attempt: 1, data, ...more }, "coder");

test("a line says who did what", () => {
  assert.equal(line("submitted", { target: "coder", parent: null }), "Request sent to coder");
  assert.equal(line("working", null, { attempt: 3 }), "Coder was called, try 3");
  assert.match(line("retry", { detail: "connection refused", due_at: 1_700_000_000_000 }),
    /^Coder did not succeed\. Connection refused\. Trying again at \d\d:\d\d:\d\d\.$/);
  assert.equal(line("document", { agent: "coder", title: "Code", mem_id: "m" }), "Coder wrote “Code”");
  assert.equal(line("input-required", null, { message: { parts: [{ text: "Which\nlanguage?" }] } }), "Coder asks: Which language?");
});

test("kinds nobody knows, and data that is none, are still a line", () => {
  assert.equal(line("teleported"), "Coder: teleported");
  for (const data of [null, [], "x", 7, { detail: 7 }, { artifact: { parts: "no" } }]) {
    for (const kind of ["submitted", "retry", "released", "child", "artifact", "failed", "canceled"]) {
      assert.ok(line(kind, data, { message: 7 }).length > 0);
    }
  }
});

test("a long detail is cut", () => {
  assert.ok(line("failed", { detail: "x".repeat(1_000_000) }).length < 400);
});
