// The open view is kept in the address after the `#`. What people typed or found never stands there.

import { query } from "../base/api.js";

/** `#/tasks/ID?state=done` is the view `tasks`, of `ID`, with the params `{ state }`. */
export function parse(hash) {
  const [path, search = ""] = hash.replace(/^#\/?/, "").split("?", 2);
  const [name, ...rest] = path.split("/");
  return { name, id: decode(rest.join("/")), params: Object.fromEntries(new URLSearchParams(search)) };
}

function decode(text) {
  try {
    return text === "" ? null : decodeURIComponent(text);
  } catch {
    return null;
  }
}

export const href = (name, id = null, params = {}) =>
  `#/${name}${id === null ? "" : `/${encodeURIComponent(id)}`}${query(params)}`;

export function go(name, id = null, params = {}) {
  const to = href(name, id, params);
  if (location.hash === to) dispatchEvent(new HashChangeEvent("hashchange"));
  else location.hash = to;
}

/** Notes in the address how the open view looks now. */
export const note = (name, id = null, params = {}) => history.replaceState(null, "", href(name, id, params));
