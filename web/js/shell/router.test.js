import assert from "node:assert/strict";
import test from "node:test";

import { href, parse } from "./router.js";

test("an address leads to the view it was made for", () => {
  for (const [name, id, params] of [
    ["ask", null, {}],
    ["tasks", "0193-ab", {}],
    ["tasks", null, { state: "done", agent: "a b&c=d" }],
    ["memory", "../?#%", { x: "ü" }],
  ]) {
    assert.deepEqual(parse(href(name, id, params)), { name, id, params });
  }
});

test("an address nobody made leads nowhere, and does not break the page", () => {
  assert.deepEqual(parse(""), { name: "", id: null, params: {} });
  assert.deepEqual(parse("#/tasks/%E0%A4%A"), { name: "tasks", id: null, params: {} });
});
