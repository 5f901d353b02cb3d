// The panel where one signs in, or pastes a token.

import * as api from "../base/api.js";
import { byId, say } from "../base/dom.js";
import { explain } from "../base/errors.js";
import { loginLink } from "./login.js";
import * as session from "../base/session.js";

/** `onDone` is called once the gateway has accepted a token. */
export function signIn(onDone) {
  const form = byId("signin-form");
  const input = byId("token");
  const button = byId("signin-go");
  const why = byId("signin-why");

  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    const token = input.value.trim().replace(/^bearer\s+/i, "");
    if (token === "") {
      refuse("Paste a token first.");
      return;
    }
    if (!/^[\x21-\x7e]+$/.test(token)) {
      refuse("That is not a token: a token is one word without spaces. Copy it again, all of it.");
      return;
    }
    button.disabled = true;
    session.openToken(token);
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
    input.focus();
    input.select();
  }

  return {
    /** Opens the panel, with a sentence that says why if there is something to say. */
    ask(reason = null) {
      say(why, reason);
      input.value = "";
      const link = byId("signin-link");
      (byId("signin-login").hidden ? input : link).focus();
    },
    /** `login` is where the gateway signs people in, if it does. */
    offer(login) {
      const target = loginLink(login, location);
      byId("signin-login").hidden = target === null;
      if (target !== null) byId("signin-link").href = target;
    },
  };
}
