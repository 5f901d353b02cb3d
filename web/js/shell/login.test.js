// Run with `node --test web/js/`; the page does not load this file.

import assert from "node:assert/strict";
import { test } from "node:test";

import { loginLink } from "./login.js";

const place = { pathname: "/", search: "?a=b&c", hash: "#task=1" };

test("the link leads back to where one was", () => {
  assert.equal(loginLink("/auth/login", place), "/auth/login?return_to=%2F%3Fa%3Db%26c%23task%3D1");
});

test("there is no link where nobody can sign in, and none to elsewhere", () => {
  for (const login of [null, undefined, "", 7, "//evil.example", "/\\evil", "https://evil.example", "javascript:1"]) {
    assert.equal(loginLink(login, place), null, String(login));
  }
});
