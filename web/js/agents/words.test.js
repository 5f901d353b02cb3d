import assert from "node:assert/strict";
import test from "node:test";

import { can, needs, reachOf, standing } from "./words.js";

test("a card says what a caller has to show", () => {
  const securitySchemes = { bearer: { description: "A token." }, oidc: {} };
  const securityRequirements = [{ schemes: { bearer: { list: ["tasks:run"] } } }, { schemes: { oidc: {} } }];
  assert.equal(needs({ securitySchemes, securityRequirements }), "bearer (A token.) for tasks:run; or oidc");
  assert.match(needs({}), /^nothing/);
});

test("a card says what an agent can do", () => {
  assert.equal(can({ streaming: true, pushNotifications: true, extendedAgentCard: false, extensions: [{ uri: "a:b" }] }),
    "streaming, push notifications, a:b");
  assert.equal(can(undefined), "answer");
});

test("who does not answer is named", () => {
  const agents = [{ name: "a", reach: { ok: true, ms: 3 } }, { name: "b", reach: { ok: false, why: "refused" } }];
  assert.equal(standing(agents), "No answer from b.");
  assert.match(standing([agents[0]]), /answer/);
  assert.match(standing([{ name: "a" }]), /^Looking/);
  assert.deepEqual(reachOf(agents[1]), { state: "away", word: "does not answer", why: "refused" });
});
