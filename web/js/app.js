// Puts the page together: signs in, and opens the view that the address names.

import * as api from "./base/api.js";
import { byId, redraw, say } from "./base/dom.js";
import { every } from "./base/every.js";
import { head, trouble } from "./base/parts.js";
import * as session from "./base/session.js";
import { links, open, title } from "./shell/desk.js";
import { signIn } from "./shell/signin.js";

const AGAIN_MS = 3000;
const ENDED = "Your session or token has ended, or another one has begun. Sign in to go on; what was running goes on.";

const starting = new AbortController();

/** Finds out who is there: opens their view, or the panel where one signs in. */
async function start() {
  const found = await api.session();
  const reason = history.state?.reason;
  const isIn = found.user !== null && !reason;
  if (isIn) session.open(found);
  const person = isIn ? await api.me() : null;
  starting.abort();
  byId("trouble").replaceChildren();
  history.replaceState(null, "");
  if (person === null) return signIn({ login: found.login, reason }, enter);
  enter(person);
}

function enter({ user, scopes }) {
  say(byId("account"), user);
  open();
  links(scopes);
}

every(AGAIN_MS, start, starting.signal, (error) => {
  title("No answer");
  redraw(byId("trouble"), head("The gateway cannot be reached"), trouble(error));
});

/** The browser's cookie may have become another's, or nobody's, in another tab. */
async function check() {
  const mine = session.current();
  if (!mine?.csrf) return;
  const found = await api.session().catch(() => mine);
  if (found.csrf === mine.csrf) return;
  if (found.user === mine.user && found.issuer === mine.issuer) session.open(found);
  else session.leave(ENDED);
}

addEventListener("focus", check);
addEventListener("visibilitychange", check);
addEventListener("doubt", () => (session.current().csrf ? check() : session.leave(ENDED)));
addEventListener("hashchange", () => { if (session.current()) open(); });
