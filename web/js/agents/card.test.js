import assert from "node:assert/strict";
import test from "node:test";

import { announcedBy, can, doors, modes, needs } from "./card.js";
import { reachOf, standing } from "./reach.js";

test("a card of either version says what a caller has to show", () => {
  const schemes = { bearer: { httpAuthSecurityScheme: { description: "A token.", scheme: "Bearer" } } };
  const want = [{ name: "bearer", what: "A token.", scopes: ["tasks:run"] }];
  assert.deepEqual(needs({ securitySchemes: schemes, securityRequirements: [{ schemes: { bearer: { list: ["tasks:run"] } } }] }), want);
  assert.deepEqual(needs({ securitySchemes: schemes, security: [{ bearer: ["tasks:run"] }] }), want);
});

test("a card that asks for nothing says so", () => {
  assert.equal(needs({})[0].what, "anyone may call it");
});

test("addresses of either version are found", () => {
  assert.deepEqual(doors({ supportedInterfaces: [{ protocolBinding: "GRPC", protocolVersion: "1.0", url: "a:1" }] }),
    [{ binding: "GRPC", version: "1.0", url: "a:1" }]);
  assert.deepEqual(doors({ url: "http://a", preferredTransport: "JSONRPC" }), [{ binding: "JSONRPC", version: "", url: "http://a" }]);
});

test("cards full of the wrong things break nothing", () => {
  for (const wrong of [{}, { skills: 7, signatures: "x", supportedInterfaces: [null, 3], securityRequirements: [null, 3, []] }]) {
    doors(wrong);
    needs(wrong);
    assert.equal(announcedBy(wrong), "not signed");
  }
  assert.equal(can(null), "answer");
  assert.equal(modes("x"), null);
});

test("who does not answer is named first", () => {
  const agents = [{ name: "a", reach: { ok: true, ms: 3 } }, { name: "b", reach: { ok: false, why: "refused" } }];
  assert.equal(standing(agents), "b does not answer.");
  assert.equal(standing([agents[0]]), "It answers.");
  assert.equal(standing([{ name: "a" }]), null);
  assert.deepEqual(reachOf(agents[1]), { state: "away", word: "does not answer", why: "refused" });
});
