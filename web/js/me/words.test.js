import assert from "node:assert/strict";
import test from "node:test";

import { allowance, keyState, noKeys, sessionState, until } from "./words.js";

test("only people signed in at a provider make keys, others are told why not", () => {
  assert.equal(noKeys({ grant: "browser" }), null);
  assert.equal(noKeys({ grant: "oidc" }), null);
  for (const grant of ["api_key", "did", "delegation", "new", undefined]) assert.match(noKeys({ grant }), /at a provider/);
});

test("a key that is revoked or over is no good", () => {
  const key = { revoked: null, expires: null };
  assert.equal(keyState(key, 5).word, "good");
  assert.equal(keyState({ ...key, expires: 5 }, 5).word, "expired");
  assert.equal(keyState({ ...key, revoked: 3, expires: 9 }, 5).word, "revoked");
});

test("the session one looks from is told from the others", () => {
  const browser = { browser: true, current: false, open: true };
  assert.equal(sessionState({ ...browser, current: true }).word, "this one");
  assert.equal(sessionState(browser).word, "open");
  assert.equal(sessionState({ ...browser, open: false }).word, "ended");
});

test("whether a session of a token goes on is not known here", () => {
  assert.equal(sessionState({ browser: false, current: false, open: false }), null);
});

test("moments to come", () => {
  const minute = 60_000;
  for (const [ahead, words] of [[0, "in a moment"], [5 * minute, "in 5 min"], [180 * minute, "in 3 h"], [90 * 24 * 60 * minute, "in 90 days"]]) {
    assert.equal(until(1000 + ahead, 1000), words);
  }
});

test("a scope that is new here is not explained wrongly", () => {
  assert.match(allowance("constructor2"), /does not know/);
});
