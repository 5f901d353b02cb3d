// Who is asking: a cookie session, or a token held in this module until the page is closed.

/** By `token` or by a cookie that goes with `csrf`, and until when (`ending`); null while nobody is signed in. */
let identity = null;
let lost = null;
const closing = new Set();

export const hasCookie = () => Boolean(identity?.csrf);
export const signedIn = () => identity !== null;

/** The person who is signed in, to be compared after what takes a while. */
export const current = () => identity;

/** Calls `listener` once whenever the gateway stops accepting the session or token. */
export function onLost(listener) {
  lost = listener;
}

/** Someone is signed in: by `token`, or by a cookie that goes with `csrf`. */
export function open({ token = null, csrf = null, user = null, issuer = null }) {
  identity = { token, csrf, user, issuer, ending: new AbortController() };
}

/** The same person has signed in anew. */
export const renew = ({ csrf }) => { identity.csrf = csrf; };

/** Has `listener` forget what is a person's own each time they leave. */
export const onClose = (listener) => closing.add(listener);

/** What is still asked in the person's name is not for who comes after. */
export function close() {
  identity?.ending.abort();
  identity = null;
  for (const listener of closing) listener();
}

/** Forgets the session and tells the page, if it is still the one that was `refused`. */
export function refuse(refused) {
  if (refused === null || refused !== identity) return;
  close();
  lost();
}

/** The `fetch` settings that carry the identity of the person. */
export function authorize() {
  const { token, csrf } = identity ?? {};
  if (token) return { credentials: "omit", headers: { Authorization: `Bearer ${token}` } };
  return { credentials: "same-origin", headers: csrf ? { "X-Attach-CSRF": csrf } : {} };
}
