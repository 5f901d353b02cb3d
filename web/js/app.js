// Puts the page together: signs in, and opens the view that the address names.

import * as api from "./base/api.js";
import { byId, say } from "./base/dom.js";
import { explain } from "./base/errors.js";
import * as session from "./base/session.js";
import * as desk from "./shell/desk.js";
import { forget, person } from "./shell/person.js";
import { signIn } from "./shell/signin.js";

const PANELS = ["signin", "trouble", "view"];

const who = signIn(() => enter(null));

function panel(name) {
  for (const each of PANELS) byId(each).hidden = each !== name;
  for (const each of ["nav", "account"]) byId(each).hidden = name !== "view";
}

/** Someone is signed in: shows the view they asked for. */
function enter(user) {
  say(byId("account-name"), user ?? "Signed in with a token");
  panel("view");
  desk.links([]);
  person().then((found) => {
    say(byId("account-name"), found.user);
    desk.links(found.scopes);
  }, () => {});
  desk.open();
}

/** Back to the panel. Nothing that was shown stays on the page. */
async function leave(reason) {
  session.close();
  forget();
  desk.close();
  desk.title("Sign in");
  panel("signin");
  who.ask(reason);
  const found = await api.session().catch(() => null);
  who.offer(found?.login);
}

session.onLost(() =>
  leave("You were signed out because your session or token has expired. Sign in again to go on; what was running goes on."));

addEventListener("signout", () => leave(null));

addEventListener("hashchange", () => {
  if (session.signedIn()) desk.open();
});

async function start() {
  try {
    const found = await api.session();
    if (found.user === null) {
      who.offer(found.login);
      desk.title("Sign in");
      panel("signin");
      who.ask();
    } else {
      session.openCookie(found);
      enter(found.user);
    }
  } catch (error) {
    panel("trouble");
    say(byId("trouble-why"), explain(error));
  }
}

async function foot() {
  const health = await api.health().catch(() => null);
  byId("foot").textContent = health?.version ? `Attach Gateway ${health.version}` : "Attach Gateway";
}

byId("trouble-again").addEventListener("click", () => {
  start();
  foot();
});

byId("skip").addEventListener("click", (event) => {
  event.preventDefault();
  document.querySelector("main:not([hidden])").querySelector("h1")?.focus();
});

start();
foot();
