// The panel where one signs in, or pastes a token.

import * as api from "../base/api.js";
import { byId, say } from "../base/dom.js";
import { explain } from "../base/errors.js";
import * as session from "../base/session.js";

/** `onDone` is called once the gateway has accepted a token. Gives back `ask(login, reason)`. */
export function signIn(onDone) {
  const input = byId("token");
  const button = byId("signin-go");
  const why = byId("signin-why");

  byId("signin-form").addEventListener("submit", async (event) => {
    event.preventDefault();
    const token = input.value.trim().replace(/^bearer\s+/i, "");
    if (!/^[\x21-\x7e]+$/.test(token)) return refuse("That is not a token: a token is one word without spaces. Copy it again, all of it.");
    button.disabled = true;
    session.open({ token });
    try {
      await api.tasks({ limit: 1 });
      input.value = "";
      say(why, null);
      onDone();
    } catch (error) {
      session.close();
      refuse(error.status === 401
        ? "The gateway does not accept this token. It may have expired or been cut short; make a new one and paste it here."
        : explain(error));
    } finally {
      button.disabled = false;
    }
  });

  function refuse(text) {
    say(why, text);
    input.select();
  }

  /** Opens the panel: `login` is where the gateway signs people in, if it does; `reason` says why one is here again. */
  return (login, reason) => {
    say(why, reason);
    input.value = "";
    const link = byId("signin-link");
    byId("signin-login").hidden = !login;
    if (login) link.href = `${login}?return_to=${encodeURIComponent(location.pathname + location.search + location.hash)}`;
    (login ? link : input).focus();
  };
}
