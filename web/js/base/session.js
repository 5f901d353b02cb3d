// Who is asking: a cookie session, or a token held in this module until the page is closed.

/** By `token`, or by the cookie that goes with `csrf`, for `user` of `issuer`; null while nobody is signed in. */
let identity = null;

export const open = (who) => { identity = who; };
export const current = () => identity;

/** The `fetch` settings that carry the identity. */
export function authorize() {
  const { token, csrf } = identity ?? {};
  if (token) return { credentials: "omit", headers: { Authorization: `Bearer ${token}` } };
  return { credentials: "same-origin", headers: csrf ? { "X-Attach-CSRF": csrf } : {} };
}

/** To the panel where one signs in, which tells the `reason`. The page begins anew: nothing of a person stays in it. */
export function leave(reason = null) {
  history.replaceState({ reason }, "", reason ? location.hash : "#/ask");
  location.reload();
}
