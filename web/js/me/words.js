// What the gateway says of a caller, in words. No page in here.

const SCOPES = {
  "chat:run": "ask models",
  "tasks:run": "ask agents, and see, cancel and repeat your tasks",
  "memory:read": "read and search your memory",
  "memory:write": "write and erase your memory",
  "metrics:read": "see everyone's usage and the gateway's figures",
  admin: "see the gateway's status, and change models at the engine",
};

export const allowance = (scope) => SCOPES[scope] ?? "something this page does not know";

const GRANTS = {
  browser: "by signing in with this browser",
  oidc: "with a token of the provider",
  api_key: "with an API key",
  did: "with a key pair of your own (a DID)",
  delegation: "as an agent that works for someone",
};

export const grantWords = (grant) => GRANTS[grant] ?? "in a way this page does not know";

/** A key's standing: the chip's state and its word. */
export function keyState({ revoked, expires }, now) {
  if (revoked) return ["off", "revoked"];
  return expires !== null && expires <= now ? ["off", "expired"] : ["ok", "good"];
}

/** A session's standing; null for that of a token, which the gateway does not keep. */
export function sessionState({ current, browser, open }) {
  if (current) return ["ok", "this one"];
  if (!browser) return null;
  return open ? ["working", "open"] : ["off", "ended"];
}
