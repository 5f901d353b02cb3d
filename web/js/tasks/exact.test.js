// Run with `node --test web/js/`; the page does not load this file.

import assert from "node:assert/strict";
import { test } from "node:test";

globalThis.document = { getElementById: () => ({ textContent: "", hidden: true }) };
globalThis.addEventListener ??= () => {};
const { exactIn, isUnsure } = await import("./exact.js");

const text = '{"tasks":[{"task_id":"a","input":{"id":1}},{"task_id":"b","input":{"id":12345678901234567890,"x":[1.50,1e400,2]}}]}';

test("numbers that may have been changed by reading are noticed", () => {
  const [a, b] = JSON.parse(text).tasks;
  assert.equal(isUnsure(a.input), false);
  assert.equal(isUnsure(b.input), true);
  assert.equal(isUnsure(undefined), false);
});

test("an input is written again as it was", { skip: !JSON.rawJSON }, () => {
  assert.equal(JSON.stringify(exactIn(text, "b")), '{"id":12345678901234567890,"x":[1.50,1e400,2]}');
});

test("without such numbers it is the same", () => {
  assert.deepEqual(exactIn(text, "a"), { id: 1 });
  assert.equal(exactIn(text, "nobody"), undefined);
});
