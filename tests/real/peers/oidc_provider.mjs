// The OpenID provider of npm's oidc-provider: PORT ISSUER REDIRECT. At its page anyone signs in as whoever they say.
// It is for one program (client_credentials) and for one site (login). PUT /keys with {"published", "signing"} says
// which of its algorithms' keys are published, and with which it signs; the others are not known to it meanwhile.

import { createServer } from "node:http";
import { generateKeyPairSync } from "node:crypto";
import { Provider } from "oidc-provider";

const [port, issuer, redirect] = process.argv.slice(2);
const MAX_AGE = 60; // seconds that its keys may be kept

const key = (kind, options) => generateKeyPairSync(kind, options).privateKey.export({ format: "jwk" });
const keys = {
  RS256: { ...key("rsa", { modulusLength: 2048 }), alg: "RS256", use: "sig" },
  ES256: { ...key("ec", { namedCurve: "P-256" }), alg: "ES256", use: "sig" },
};

function provider(published, signing) {
  const clients = [
    {
      client_id: "program", client_secret: "of the program",
      grant_types: ["client_credentials"], response_types: [], redirect_uris: [],
    },
    {
      client_id: "site", client_secret: "of the site",
      grant_types: ["authorization_code"], response_types: ["code"], redirect_uris: [redirect],
    },
  ];
  const made = new Provider(issuer, {
    clients: clients.map((client) => ({ ...client, id_token_signed_response_alg: signing })),
    jwks: { keys: published.map((alg) => keys[alg]) },
    cookies: { keys: ["for a test"] },
    pkce: { required: () => true },
    features: {
      clientCredentials: { enabled: true },
      devInteractions: { enabled: true },
      resourceIndicators: {
        enabled: true,
        getResourceServerInfo: (_, audience) => ({
          audience, scope: "", accessTokenFormat: "jwt", accessTokenTTL: 3600, jwt: { sign: { alg: signing } },
        }),
      },
    },
  });
  made.use(async (ctx, next) => {
    await next();
    if (ctx.path === "/jwks") {
      ctx.set("cache-control", `public, max-age=${MAX_AGE}`);
      console.log("keys given");
    }
  });
  made.on("server_error", (_, error) => console.error(error));
  return made.callback();
}

let current = provider(["RS256"], "RS256");
createServer(async (request, response) => {
  if (request.method !== "PUT" || request.url !== "/keys") return current(request, response);
  const { published, signing } = JSON.parse(Buffer.concat(await request.toArray()));
  current = provider(published, signing);
  response.writeHead(204).end();
}).listen(Number(port), "127.0.0.1");
