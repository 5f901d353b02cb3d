import assert from "node:assert/strict";
import test from "node:test";

import { reachOf, standing } from "./words.js";

test("who does not answer is named", () => {
  const agents = [{ name: "a", reach: { ok: true, ms: 3 } }, { name: "b", reach: { ok: false, why: "refused" } }];
  assert.equal(standing(agents), "No answer from b.");
  assert.match(standing([agents[0]]), /answer/);
  assert.match(standing([{ name: "a" }]), /^Looking/);
  assert.deepEqual(reachOf(agents[1]), { state: "away", word: "does not answer", why: "refused" });
});
