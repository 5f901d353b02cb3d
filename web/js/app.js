// Puts the page together: signs in, and opens the view that the address names.

import * as api from "./base/api.js";
import { byId, say } from "./base/dom.js";
import { explain } from "./base/errors.js";
import { onBack } from "./base/link.js";
import * as session from "./base/session.js";
import { announce } from "./shell/desk.js";
import * as desk from "./shell/desk.js";
import { forget, person } from "./shell/person.js";
import { signIn } from "./shell/signin.js";

const ask = signIn(() => enter(null, { tell: true }));

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

/** Back to the panel. Nothing that was shown stays on the page. */
async function leave(reason) {
  session.close();
  forget();
  desk.close();
  announce("");
  say(byId("account-name"), null);
  panel("signin");
  // Where the person before was is nobody else's to know.
  if (reason === null) history.replaceState(null, "", "#/ask");
  const found = await api.session().catch(() => null);
  if (!session.signedIn()) welcome(found?.login, reason);
}

/** The panel where one signs in; `reason` says why one is there again. */
function welcome(login, reason = null) {
  desk.title("Sign in");
  panel("signin");
  ask(login, reason);
}

let starting = null;
const start = () => (starting ??= begin().finally(() => { starting = null; }));

async function begin() {
  try {
    const found = await api.session();
    if (found.user === null) return welcome(found.login);
    session.open(found);
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
  if (byId("signin").hidden) leave("Your session or token has expired. Sign in again to go on; what was running goes on.");
});

/** A cookie may have become another person's in another tab. */
async function check() {
  const who = session.current();
  if (document.hidden || !session.hasCookie()) return;
  const found = await api.session().catch(() => null);
  if (found === null || session.current() !== who || found.csrf === who.csrf) return;
  leave("Someone has signed in or out in this browser. Sign in again to go on.");
}

document.addEventListener("visibilitychange", check);

addEventListener("signout", () => leave(null));

addEventListener("hashchange", () => {
  if (session.signedIn()) desk.open();
});

byId("trouble-again").addEventListener("click", start);

byId("skip").addEventListener("click", (event) => {
  event.preventDefault();
  document.querySelector("main:not([hidden]) h1")?.focus();
});

onBack(() => {
  if (!byId("trouble").hidden) start();
  else announce("The gateway answers again.");
  if (session.signedIn()) know();
  foot();
}, new AbortController().signal);

start();
foot();
