import assert from "node:assert/strict";
import test from "node:test";

import { allowance, grantWords, keyState, sessionState } from "./words.js";

test("a key that is revoked or over is no good", () => {
  const key = { revoked: null, expires: null };
  assert.deepEqual(keyState(key, 5), ["ok", "good"]);
  assert.deepEqual(keyState({ ...key, expires: 5 }, 5), ["off", "expired"]);
  assert.deepEqual(keyState({ ...key, revoked: 3, expires: 9 }, 5), ["off", "revoked"]);
});

test("the session one looks from is told from the others", () => {
  const browser = { browser: true, current: false, open: true };
  assert.equal(sessionState({ ...browser, current: true })[1], "this one");
  assert.equal(sessionState(browser)[1], "open");
  assert.equal(sessionState({ ...browser, open: false })[1], "ended");
  assert.equal(sessionState({ browser: false, current: false, open: false }), null);
});

test("what is new here is not explained wrongly", () => {
  assert.match(allowance("admin2"), /does not know/);
  assert.match(grantWords("new"), /does not know/);
});
