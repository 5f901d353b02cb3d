// Who one is to the gateway, where one is signed in, and the keys of one's programs.

import * as api from "../base/api.js";
import { h } from "../base/dom.js";
import { card, doer, facts, head, help, reading, trouble } from "../base/parts.js";
import { current, leave } from "../base/session.js";
import { moment } from "../base/time.js";
import { keys, sessions } from "./lists.js";
import { allowance, grantWords } from "./words.js";

export async function show(place, _, signal) {
  const problem = h("div", {});
  const body = h("div", { class: "stack" }, reading());
  const signOut = doer("Sign out", "Signing out…", async () => {
    if (current().csrf) await api.signOut();
    leave();
  }, { onError: (error) => problem.replaceChildren(trouble(error)) });
  place.append(head("Me", "Who you are to the gateway, and what may act in your name.", signOut), problem, body);

  const me = await api.me(signal);
  body.replaceChildren(identity(me));
  if (!me.may_make_keys) body.append(h("p", { class: "notice" },
    "To end sessions and to make keys, sign in at the provider with a browser. Whoever runs the gateway can use ",
    h("code", {}, "attach-gateway keys"), "."));
  // Who came in another way is told of no others.
  if (["browser", "oidc"].includes(me.grant)) body.append(sessions(me, signal), keys(me, signal));
}

const identity = (me) => card("You",
  facts([
    ["User", foreign(me.user)],
    ["Known by", foreign(me.issuer)],
    ["Signed in", grantWords(me.grant)],
    ["Until", me.expires_at ? moment(me.expires_at * 1000, "day") : "no end is set"],
    ["Session", h("code", {}, me.session_id)],
  ]),
  h("h3", {}, "You may"),
  !me.scopes_enforced && help("People of this provider may do everything but metrics:read and admin without a scope."),
  me.scopes.length === 0
    ? h("p", { class: "notice" }, "Nothing: no scope was given to you. Ask whoever runs the gateway.")
    : facts(me.scopes.map((scope) => [h("code", {}, scope), allowance(scope)])));

const foreign = (text) => h("span", { class: "foreign", dir: "auto" }, text);
