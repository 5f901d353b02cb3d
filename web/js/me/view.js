// Who one is to the gateway, where one is signed in, and the keys of one's programs.

import * as session from "../base/session.js";
import * as api from "../base/api.js";
import { h } from "../base/dom.js";
import { doer, head, trouble } from "../base/parts.js";
import { forget, person } from "../shell/person.js";
import { identity } from "./identity.js";
import { keys } from "./keys.js";
import { sessions } from "./sessions.js";

export async function show(place, _, signal) {
  const problem = h("div", {});
  const body = h("div", { class: "me-all" }, h("p", { class: "help reading" }, "Reading…"));
  place.append(head("Me", "Who you are to the gateway, and what may act in your name.", signOut(problem)), problem, body);
  forget();
  const found = await person();
  if (signal.aborted) return;
  const parts = [[sessions, h("div", {})], [keys, h("div", {})]];
  body.replaceChildren(identity(found), ...parts.map(([, part]) => part));
  // One that cannot be read does not take the others with it.
  await Promise.all(parts.map(([draw, part]) => draw(part, found, signal).catch((error) => {
    if (!signal.aborted && error.status !== 401) part.replaceChildren(trouble(error));
  })));
}

function signOut(problem) {
  return doer("Sign out", "Signing out…", async () => {
    if (session.hasCookie()) await api.signOut();
    dispatchEvent(new Event("signout"));
  }, { onError: (error) => problem.replaceChildren(trouble(error)) });
}
