// Tokens that wallets sign with personal_sign: npm's ethers and viem.

import { Wallet } from "ethers";
import { generatePrivateKey, privateKeyToAccount } from "viem/accounts";
import { answer, base64url, part } from "./asked.mjs";

const ethers = Wallet.createRandom();
const viem = privateKeyToAccount(generatePrivateKey());
const wallets = [
  ["ethers", ethers.address, (text) => ethers.signMessage(text)],
  ["viem", viem.address, (message) => viem.signMessage({ message })],
];

const signed = async (sign, input) => `${input}.${base64url(Buffer.from((await sign(input)).slice(2), "hex"))}`;

await answer(async (claims) => {
  const made = [];
  for (const [library, address, sign] of wallets) {
    const user = `did:pkh:eip155:1:${address}`;
    const jws = (iss) => signed(sign, `${part({ typ: "JWT", alg: "EIP191" })}.${part({ ...claims, iss })}`);
    const literal = (did) => signed(sign, `${did}.${part(claims)}`);
    made.push(
      { name: `${library}, form A`, user, token: await jws(user) },
      { name: `${library}, form A, address in lower case`, user, token: await jws(user.toLowerCase()) },
      { name: `${library}, form B`, user, token: await literal(user) },
      { name: `${library}, form B, address in lower case`, user, token: await literal(user.toLowerCase()) },
    );
  }
  return made;
});
