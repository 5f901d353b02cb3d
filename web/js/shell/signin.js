// The panel where one signs in, or pastes a token.

import { byId, say } from "../base/dom.js";
import { explain } from "../base/errors.js";
import { json } from "../base/http.js";
import { open } from "../base/session.js";
import { title } from "./desk.js";

/** `login` is where the gateway signs people in, if it does. `onDone` gets whom a token is of, once it is accepted. */
export function signIn({ login, reason }, onDone) {
  const input = byId("token");
  const link = byId("signin-link");
  const why = byId("signin-why");
  const go = byId("signin-go");

  async function enter() {
    if (go.disabled) return;
    const token = input.value.trim().replace(/^bearer\s+/i, "");
    if (!/^[\x21-\x7e]+$/.test(token)) return refuse("A token is one word without spaces. Copy it again, all of it.");
    go.disabled = true;
    try {
      const person = await json("/auth/me", { headers: { Authorization: `Bearer ${token}` } });
      open({ token });
      onDone(person);
    } catch (error) {
      refuse(error.status === 401 ? "The gateway does not accept this token. Make a new one." : explain(error));
      go.disabled = false;
    }
  }

  function refuse(text) {
    say(why, text);
    input.focus();
    input.select();
  }

  // No form: browsers would offer to keep what is sent with one.
  go.addEventListener("click", enter);
  input.addEventListener("keydown", (event) => { if (event.key === "Enter") enter(); });
  title("Sign in");
  say(why, reason);
  link.href = `${login}?return_to=${encodeURIComponent(`/${location.hash}`)}`;
  byId("signin-login").hidden = !login;
  byId("signin").hidden = false;
  (login ? link : input).focus();
}
