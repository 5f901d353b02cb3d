// Who is signed in, as the gateway sees them.

import { me } from "../base/api.js";
import { onClose } from "../base/session.js";

let asked = null;

/** What `/auth/me` says; asked once until `forget`. */
export function person() {
  asked ??= me();
  asked.catch(forget);
  return asked;
}

export function forget() {
  asked = null;
}
onClose(forget);
