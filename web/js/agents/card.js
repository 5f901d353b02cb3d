// What an agent's card says, in words. Cards are foreign: anything may be missing or of another kind. No page in here.

const texts = (list) => (Array.isArray(list) ? list.filter((each) => typeof each === "string") : []);

export const modes = (list) => texts(list).join(", ") || null;

const ABILITIES = [
  ["streaming", "tell what it does while it does it"],
  ["pushNotifications", "call a web address when something happens"],
  ["extendedAgentCard", "show more of its card to those signed in"],
  ["stateTransitionHistory", "tell what happened before"],
];

export function can(capabilities) {
  const words = ABILITIES.filter(([name]) => capabilities?.[name] === true).map(([, said]) => said);
  const more = (Array.isArray(capabilities?.extensions) ? capabilities.extensions : []).map((one) => one?.uri).filter(Boolean);
  return [...words, ...more.map((uri) => `the extension ${uri}`)].join("; ") || "answer";
}

export function announcedBy(card) {
  const count = Array.isArray(card.signatures) ? card.signatures.length : 0;
  if (count === 0) return "not signed";
  return count === 1 ? "signed" : `signed ${count} times`;
}

/** The addresses it is reached at: `{ binding, version, url }`. */
export function doors(card) {
  const listed = Array.isArray(card.supportedInterfaces) ? card.supportedInterfaces : [];
  const old = listed.length > 0 ? [] : [{ protocolBinding: card.preferredTransport, protocolVersion: card.protocolVersion, url: card.url }];
  return [...listed, ...old].filter((door) => door?.url).map((door) => ({
    binding: String(door.protocolBinding ?? door.transport ?? "not said"),
    version: String(door.protocolVersion ?? ""),
    url: String(door.url),
  }));
}

/** What a caller has to show: `{ name, what, scopes }`, one of them is enough. */
export function needs(card) {
  const asked = requirements(card);
  if (asked.length === 0) return [{ name: "Nothing:", what: "anyone may call it", scopes: [] }];
  return asked.map(([name, scopes]) => ({ name, what: schemeWords(card.securitySchemes?.[name]), scopes }));
}

/** Both ways of writing it: `{ schemes: { bearer: { list } } }` of 1.0, and `{ bearer: [] }` of 0.3. */
function requirements(card) {
  const all = card.securityRequirements ?? card.security;
  return (Array.isArray(all) ? all : []).flatMap((one) =>
    Object.entries(one?.schemes ?? one ?? {}).map(([name, scopes]) => [name, texts(scopes?.list ?? scopes)]));
}

function schemeWords(scheme) {
  const inner = Object.values(scheme ?? {}).find((value) => value && typeof value === "object") ?? {};
  const said = scheme?.description ?? inner.description;
  if (typeof said === "string" && said) return said;
  if (scheme?.openIdConnectUrl ?? inner.openIdConnectUrl) return "A token of its OpenID provider.";
  return typeof scheme?.type === "string" ? scheme.type : "";
}
