// The way to the gateway's own sign-in, which leads back to where one was.

/** The link's target, or null where the gateway signs nobody in. */
export function loginLink(login, { pathname, search, hash }) {
  if (typeof login !== "string" || !/^\/(?![/\\])/.test(login)) return null;
  return `${login}?return_to=${encodeURIComponent(pathname + search + hash)}`;
}
