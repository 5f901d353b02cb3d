// Signed payloads of Ceramic's DID client: npm's dids with key-did-provider-ed25519.

import { randomBytes } from "node:crypto";
import { DID } from "dids";
import { Ed25519Provider } from "key-did-provider-ed25519";
import { getResolver } from "key-did-resolver";
import { answer } from "./asked.mjs";

const did = new DID({ provider: new Ed25519Provider(new Uint8Array(randomBytes(32))), resolver: getResolver() });
await did.authenticate();

await answer(async (claims) => {
  const jws = await did.createJWS({ ...claims, iss: did.id });
  const [{ protected: header, signature }] = jws.signatures;
  return [{ name: "EdDSA", user: did.id, token: `${header}.${jws.payload}.${signature}` }];
});
