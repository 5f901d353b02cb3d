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

export const grantWords = (grant) => GRANTS[grant] ?? String(grant ?? "not said");

/** Why one can make no key, or null where one can. */
export function noKeys(person) {
  if (person.grant === "browser" || person.grant === "oidc") return null;
  return `Keys can be made by people signed in at a provider. You are here ${grantWords(person.grant)}.`;
}

/** A key's standing: the chip's state and its word. */
export function keyState(key, now) {
  if (key.revoked) return { state: "off", word: "revoked" };
  if (key.expires !== null && key.expires <= now) return { state: "off", word: "expired" };
  return { state: "ok", word: "good" };
}

/** A session's standing; null where the gateway does not know, as it keeps no token. */
export function sessionState(session) {
  if (session.current) return { state: "ok", word: "this one" };
  if (!session.browser) return null;
  return session.open ? { state: "working", word: "open" } : { state: "off", word: "ended" };
}

/** `in 12 min`, `in 3 h`, `in 89 days`: how far away a moment to come is. */
export function until(ms, now) {
  const minutes = Math.round((ms - now) / 60_000);
  if (minutes < 1) return "in a moment";
  if (minutes < 60) return `in ${minutes} min`;
  if (minutes < 48 * 60) return `in ${Math.round(minutes / 60)} h`;
  return `in ${Math.round(minutes / 60 / 24)} days`;
}
