// What the test asks of those that sign: {"audiences": [...], "iat", "exp"} as one argument. Printed for each
// audience: a list of {"name", "user", "token"}, where `user` is the DID in its canonical spelling.

const { audiences, iat, exp } = JSON.parse(process.argv[2]);

export async function answer(sign) {
  const made = [];
  for (const aud of audiences) made.push(await sign({ aud, iat, exp }));
  console.log(JSON.stringify(made));
}

export const base64url = (bytes) => Buffer.from(bytes).toString("base64url");
export const part = (members) => base64url(JSON.stringify(members));
