// Where one is signed in, and the keys of one's programs: which there are, and ending them for good.

import * as api from "../base/api.js";
import { moment, now } from "../base/time.js";
import { h } from "../base/dom.js";
import { sentence } from "../base/errors.js";
import { live } from "../base/every.js";
import { button, card, chip, empty, help, reading, things, trouble } from "../base/parts.js";
import { sure } from "../base/sure.js";
import { dayTime, whole } from "../base/words.js";
import { announce } from "../shell/desk.js";
import { maker } from "./make.js";
import { keyState, sessionState, until } from "./words.js";

const AGAIN_MS = 10_000;

export function sessions(me, signal) {
  const row = (one, end) => ({
    id: one.session_id,
    name: [one.browser ? "Browser" : "Token", h("code", { class: "help" }, short(one)), sessionState(one) && chip(...sessionState(one))],
    says: help("last used ", moment(one.last_seen), " · first ", moment(one.first_seen, "day"), ` · requests: ${whole(one.requests)}`,
      ...(one.open ? [" · until ", coming(one.until)] : [])),
    act: me.may_make_keys && one.open && !one.current && button("End", () => end({
      title: "End this session?",
      text: "Whoever uses it has to sign in again. Tasks that run go on.",
      yes: "End it",
    }, () => api.endSession(one.session_id), "The session has ended."), { "aria-label": `End the session ${short(one)}` }),
  });
  const none = empty("No session is known yet.", "Each browser and program you use shows here after its first request.");
  return list("Sessions", { lead: help("Where your requests come from, newest first. That of a token lasts as long as the token."), none, read: () => api.sessions(signal), row }, signal).element;
}

const short = ({ session_id: id }) => id.slice(0, 8);

export function keys(me, signal) {
  const row = (key, end) => {
    const state = keyState(key, now());
    const name = key.name ? `“${key.name}”` : key.id;
    return {
      id: key.id,
      name: [h("span", { dir: "auto" }, key.name || "Without a name"), h("code", { class: "help" }, key.id), chip(...state)],
      says: [help("made ", moment(key.created, "day"), ...ending(key)), help(`may: ${key.scopes.join(", ")}`)],
      act: me.may_make_keys && state[0] === "ok" && button("Revoke", () => end({
        title: `Revoke ${name}?`,
        text: "Programs that use it are refused from then on. A revoked key cannot be made good again.",
        yes: "Revoke it",
      }, () => api.revokeKey(key.id), "The key is revoked."), { look: "quiet danger", "aria-label": `Revoke ${name}` }),
    };
  };
  const none = empty("You have no key yet.", "A key lets a program of yours call the gateway in your name, without signing in.");
  const lead = h("div", { class: "stack" },
    help("For programs of yours: they send one as ", h("code", {}, "Authorization: Bearer …"), "."),
    me.may_make_keys ? maker(me, () => again(), signal) : h("p", { class: "notice" },
      "You see your keys and sessions here, but end them, and make keys, only in a browser that has signed in at the provider. Whoever runs the gateway can use ",
      h("code", {}, "attach-gateway keys"), "."));
  const { element, again } = list("API keys", { lead, none, read: () => api.keys(signal), row }, signal);
  return element;
}

function ending({ revoked, expires }) {
  if (revoked) return [" · revoked ", moment(revoked, "day")];
  if (expires === null) return [" · without an end"];
  return expires <= now() ? [" · ended ", moment(expires, "day")] : [" · until ", coming(expires)];
}

/** A moment to come, with the exact one on hover. */
export const coming = (ms) => moment(ms, `${dayTime(ms)} (${until(ms, now())})`);

/** A card with a list of what can be ended: `row(one, end)` gives what is said of each. */
function list(title, { lead, none, read, row }, signal) {
  const problem = h("div", {});
  const body = h("div", {}, reading());
  const element = card(title, lead, problem, h("div", {}, body));

  async function end(question, act, said) {
    if (!await sure(question, signal)) return;
    try {
      await act();
      if (signal.aborted) return;
      announce(said);
      problem.replaceChildren();
      await again();
      // The button is gone.
      heading.focus();
    } catch (error) {
      if (!signal.aborted) problem.replaceChildren(trouble(error));
    }
  }

  const draw = (found) => {
    if (found.refused) return [help(sentence(found.refused))];
    return [found.length === 0 ? none : things(found.map((one) => row(one, end)))];
  };
  const again = live(body, AGAIN_MS, () => read().catch(refused), draw, signal);
  const heading = element.querySelector("h2");
  heading.tabIndex = -1;
  return { element, again };
}

/** Who acts for another, or with a key, may not be told: that is no trouble. */
function refused(error) {
  if (error.status === 403) return { refused: error.detail };
  throw error;
}
