// The panel where one signs in, or pastes a token.

import * as api from "../base/api.js";
import { byId, say } from "../base/dom.js";
import { explain } from "../base/errors.js";
import * as session from "../base/session.js";

/** `onDone` is called once the gateway has accepted a token. Gives back what opens the panel, and what tells it more. */
export function signIn(onDone) {
  const input = byId("token");
  const button = byId("signin-go");
  const why = byId("signin-why");
  const link = byId("signin-link");

  // No form: browsers would offer to keep what is sent with one.
  button.addEventListener("click", enter);
  input.addEventListener("keydown", (event) => { if (event.key === "Enter") enter(); });

  async function enter() {
    if (button.disabled) return;
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
  }

  function refuse(text) {
    say(why, text);
    input.select();
  }

  return {
    /** Opens the panel; `reason` says why one is here again. */
    ask(reason) {
      say(why, reason);
      input.value = "";
    },
    /** `login` is where the gateway signs people in, if it does; undefined where it did not say. */
    offer(login) {
      if (login !== undefined) byId("signin-login").hidden = login === null;
      link.href = `${login ?? link.pathname}?return_to=${encodeURIComponent(location.pathname + location.search + location.hash)}`;
      // Whoever types already is left alone.
      if (document.activeElement !== input) (byId("signin-login").hidden ? input : link).focus();
    },
  };
}
