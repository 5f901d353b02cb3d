// Who one is to the gateway, where one is signed in, and the keys of one's programs.

import * as api from "../base/api.js";
import { h } from "../base/dom.js";
import { card, doer, facts, head, help, reading, trouble } from "../base/parts.js";
import { hasCookie, leave } from "../base/session.js";
import { coming, keys, sessions } from "./lists.js";
import { allowance, grantWords } from "./words.js";

export async function show(place, _, signal) {
  const problem = h("div", {});
  const body = h("div", { class: "stack" }, reading());
  const signOut = doer("Sign out", "Signing out…", async () => {
    if (hasCookie()) await api.signOut();
    leave();
  }, { onError: (error) => problem.replaceChildren(trouble(error)) });
  place.append(head("Me", "Who you are to the gateway, and what may act in your name.", signOut), problem, body);

  const me = await api.me(signal);
  body.replaceChildren(identity(me));
  body.append(sessions(me, signal), keys(me, signal));
}

const identity = (me) => card("You",
  facts([
    ["User", foreign(me.user)],
    ["Known by", foreign(me.issuer)],
    ["Signed in", grantWords(me.grant)],
    ["Until", me.expires_at ? coming(me.expires_at * 1000) : "no end is set"],
    ["Session", h("code", {}, me.session_id)],
  ]),
  h("h3", {}, "You may"),
  me.scopes_enforced ? null : help("The gateway does not hold people of this provider to their scopes. What you may do without any is listed too."),
  me.scopes.length === 0
    ? h("p", { class: "notice" }, "Nothing: no scope was given to you. Ask whoever runs the gateway.")
    : facts(me.scopes.map((scope) => [h("code", {}, scope), allowance(scope)])));

const foreign = (text) => h("span", { class: "foreign", dir: "auto" }, text);
