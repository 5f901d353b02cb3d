// Tokens of npm's did-jwt.

import { createECDH, generateKeyPairSync } from "node:crypto";
import { bytesToMultibase, createJWT, EdDSASigner, ES256KSigner, ES256Signer, toEthereumAddress } from "did-jwt";
import { getAddress } from "ethers";
import { answer } from "./asked.mjs";

const curve = (name) => {
  const key = createECDH(name);
  key.generateKeys();
  return key;
};
const point = (key) => key.getPublicKey(null, "compressed");
const bytes = (text) => Buffer.from(text, "base64url");
const didKey = (key, codec) => `did:key:${bytesToMultibase(new Uint8Array(key), "base58btc", codec)}`;

const canonical = (did) => did.replace(/0x.*/, getAddress);

const ed25519 = generateKeyPairSync("ed25519").privateKey.export({ format: "jwk" });
const secp256k1 = curve("secp256k1");
const p256 = curve("prime256v1");
const account = toEthereumAddress(secp256k1.getPublicKey("hex", "uncompressed"));

const issuers = [
  ["EdDSA", didKey(bytes(ed25519.x), "ed25519-pub"), EdDSASigner(bytes(ed25519.d))],
  ["ES256K", didKey(point(secp256k1), "secp256k1-pub"), ES256KSigner(secp256k1.getPrivateKey())],
  ["ES256", didKey(point(p256), "p256-pub"), ES256Signer(p256.getPrivateKey())],
  ["ES256K-R", `did:pkh:eip155:1:${account}`, ES256KSigner(secp256k1.getPrivateKey(), true)],
];

await answer((claims) => Promise.all(issuers.map(async ([alg, issuer, signer]) => (
  { name: alg, user: canonical(issuer), token: await createJWT(claims, { issuer, signer, alg }) }))));
