// Who is asking: a cookie session, or a token held in this module until the page is closed.

let token = null;
let csrf = null;
let lost = null;
const closing = new Set();

export const hasCookie = () => csrf !== null;
export const signedIn = () => token !== null || csrf !== null;

/** Calls `listener` once whenever the gateway stops accepting the session or token. */
export function onLost(listener) {
  lost = listener;
}

/** Someone is signed in: by `token`, or by a cookie that goes with `csrf`. */
export function open(how) {
  token = how.token ?? null;
  csrf = how.csrf ?? null;
}

/** Has `listener` forget what is a person's own each time they leave. */
export const onClose = (listener) => closing.add(listener);

export function close() {
  open({});
  for (const listener of closing) listener();
}

/** Forgets the session and tells the page, if there was one. */
export function refuse() {
  if (!signedIn()) return;
  close();
  lost();
}

/** The `fetch` settings that carry the identity of the person. */
export function authorize(method) {
  if (token !== null) return { credentials: "omit", headers: { Authorization: `Bearer ${token}` } };
  const isSafe = method === "GET" || csrf === null;
  return { credentials: "same-origin", headers: isSafe ? {} : { "X-Attach-CSRF": csrf } };
}
