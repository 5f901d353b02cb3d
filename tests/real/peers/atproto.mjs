// Service tokens of the AT protocol: npm's @atproto/xrpc-server with keys of @atproto/crypto.

import { P256Keypair, Secp256k1Keypair } from "@atproto/crypto";
import { createServiceJwt } from "@atproto/xrpc-server";
import { answer } from "./asked.mjs";

const keypairs = [await P256Keypair.create(), await Secp256k1Keypair.create()];

await answer((claims) => Promise.all(keypairs.map(async (keypair) => ({
  name: keypair.jwtAlg,
  user: keypair.did(),
  token: await createServiceJwt({ ...claims, iss: keypair.did(), lxm: null, keypair }),
}))));
