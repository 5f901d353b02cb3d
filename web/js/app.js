// Puts the page together: signs in, and opens the view that the address names.

import * as api from "./base/api.js";
import { byId, say } from "./base/dom.js";
import { explain } from "./base/errors.js";
import { onBack } from "./base/link.js";
import * as session from "./base/session.js";
import { announce } from "./shell/desk.js";
import * as desk from "./shell/desk.js";
import { person } from "./shell/person.js";
import { signIn } from "./shell/signin.js";

const signin = signIn(() => enter(null, { tell: true }));

function panel(name) {
  for (const each of ["signin", "trouble", "view"]) byId(each).hidden = each !== name;
  for (const each of ["nav", "account"]) byId(each).hidden = name !== "view";
}

/** Someone is signed in: shows the view they asked for. */
function enter(user, how) {
  say(byId("account-name"), user ?? "Signed in with a token");
  panel("view");
  desk.links([]);
  desk.open(how);
  know();
}

/** Finds out who it is and what they may; later, where the gateway does not answer now. */
async function know() {
  const who = session.current();
  const found = await person().catch(() => null);
  if (found === null || session.current() !== who) return;
  say(byId("account-name"), found.user);
  desk.links(found.scopes);
}

/** Back to the panel. Nothing that was shown stays on the page; where one was only for who is asked to come back. */
async function leave(reason, stays = false) {
  session.close();
  desk.close();
  announce("");
  say(byId("account-name"), null);
  if (!stays) history.replaceState(null, "", "#/ask");
  welcome(reason);
  const found = await api.session().catch(() => null);
  if (!session.signedIn()) signin.offer(found?.login);
}

/** The panel where one signs in; `reason` says why one is there again. */
function welcome(reason) {
  desk.title("Sign in");
  panel("signin");
  signin.ask(reason);
}

let starting = null;
const start = () => (starting ??= begin().finally(() => { starting = null; }));

async function begin() {
  try {
    const found = await api.session();
    if (found.user === null) {
      welcome(null);
      return signin.offer(found.login);
    }
    session.open(found);
    others.postMessage("came");
    enter(found.user);
  } catch (error) {
    desk.title("No answer");
    panel("trouble");
    say(byId("trouble-why"), explain(error));
  }
}

async function foot() {
  const health = await api.health().catch(() => null);
  byId("foot").textContent = `Attach Gateway ${health?.version ?? ""}`;
}

session.onLost(() => {
  // A token that was never good is told of where it was pasted.
  if (byId("signin").hidden) leave("Your session or token has expired. Sign in again to go on; what was running goes on.", true);
});

/** The browser's cookie may have become another's, or nobody's, in another tab. */
async function check() {
  if (!session.hasCookie()) return;
  const mine = session.current();
  const found = await api.session().catch(() => null);
  if (found === null || session.current() !== mine || found.csrf === mine.csrf) return;
  if (found.user === null) leave("You are no longer signed in in this browser. Sign in again to go on.");
  else if (found.user === mine.user && found.issuer === mine.issuer) session.renew(found);
  else leave("Somebody else has signed in in this browser. Reload the page to go on as them, or sign in again.");
}

const others = new BroadcastChannel("attach");
others.onmessage = check;
addEventListener("doubt", check);
addEventListener("pageshow", check);
document.addEventListener("visibilitychange", () => { if (!document.hidden) check(); });

addEventListener("signout", () => {
  leave(null);
  others.postMessage("left");
});

addEventListener("hashchange", () => {
  if (session.signedIn()) desk.open();
});

byId("trouble-again").addEventListener("click", start);

byId("skip").addEventListener("click", (event) => {
  event.preventDefault();
  document.querySelector("main:not([hidden]) h1")?.focus();
});

onBack((wasTold) => {
  if (!byId("trouble").hidden) start();
  else if (wasTold) announce("The gateway answers again.");
  if (session.signedIn()) know();
  foot();
}, new AbortController().signal);

start();
foot();
