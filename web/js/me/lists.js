// Where one is signed in, and the keys of one's programs: which there are, and ending them for good.

import * as api from "../base/api.js";
import { announce, h } from "../base/dom.js";
import { live } from "../base/every.js";
import { button, card, chip, empty, help, reading, things, trouble } from "../base/parts.js";
import { sure } from "../base/sure.js";
import { moment, now } from "../base/time.js";
import { whole } from "../base/words.js";
import { maker } from "./make.js";
import { keyState, sessionState } from "./words.js";

const AGAIN_MS = 10_000;

export function sessions({ may_make_keys: may }, signal) {
  const row = (one) => ({
    id: one.session_id,
    name: [one.browser ? "Browser" : "Tokens and keys", code(short(one)), standing(one)],
    says: help("last used ", moment(one.last_seen), " · first ", moment(one.first_seen, "day"),
      ` · requests: ${whole(one.requests)}`, ...(one.open ? [" · until ", moment(one.until, "day")] : [])),
    end: may && one.open && !one.current && {
      word: "End",
      name: `the session ${short(one)}`,
      text: "Whoever uses it has to sign in again. Tasks that run go on.",
      act: () => api.endSession(one.session_id),
    },
  });
  const none = empty("No session is known yet.", "Each browser and program you use shows here once it is used.");
  const lead = help("Where your requests come from, newest first.");
  return list("Sessions", { lead, none, read: () => api.sessions(signal), row }, signal).element;
}

function standing(one) {
  const state = sessionState(one);
  return state && chip(...state);
}

const code = (text) => h("code", { class: "help" }, text);

const short = ({ session_id: id }) => id.slice(0, 8);

export function keys(me, signal) {
  const row = (key) => {
    const state = keyState(key, now());
    const end = key.revoked ?? key.expires;
    return {
      id: key.id,
      name: [h("span", { dir: "auto" }, key.name || "Without a name"), code(key.id), chip(...state)],
      says: [
        help("made ", moment(key.created, "day"),
          key.revoked ? " · revoked " : " · until ", end ? moment(end, "day") : "revoked"),
        help(`may: ${key.scopes.join(", ")}`),
      ],
      end: me.may_make_keys && state[0] === "ok" && {
        word: "Revoke",
        name: key.name ? `“${key.name}”` : key.id,
        text: "Programs that use it are refused from then on. A revoked key cannot be made good again.",
        act: () => api.revokeKey(key.id),
      },
    };
  };
  const none = empty("You have no key yet.", "A key lets a program of yours call the gateway in your name.");
  const lead = h("div", { class: "stack" },
    help("For programs of yours: they send one as ", h("code", {}, "Authorization: Bearer …"), "."),
    me.may_make_keys && maker(me, () => again(), signal));
  const { element, again } = list("API keys", { lead, none, read: () => api.keys(signal), row }, signal);
  return element;
}

/** A card with a list of what can be ended: `row(one)` gives what is said of each, and how it ends. */
function list(title, { lead, none, read, row }, signal) {
  const problem = h("div", {});
  const body = h("div", {}, reading());
  const element = card(title, lead, problem, h("div", {}, body));
  const heading = element.querySelector("h2");
  heading.tabIndex = -1;

  async function finish({ word, name, text, act }) {
    if (!await sure({ title: `${word} ${name}?`, text, yes: `${word} it` }, signal)) return;
    try {
      await act();
      problem.replaceChildren();
      await again();
      announce(`Done: ${word.toLowerCase()} ${name}.`);
      // The button is gone.
      heading.focus();
    } catch (error) {
      if (!signal.aborted) problem.replaceChildren(trouble(error));
    }
  }

  const ender = (end) =>
    button(end.word, () => finish(end), { look: "quiet danger", "aria-label": `${end.word} ${end.name}` });
  const drawn = ({ end, ...said }) => ({ ...said, act: end && ender(end) });
  const draw = (found) => [found.length === 0 ? none : things(found.map(row).map(drawn))];
  const again = live(body, AGAIN_MS, read, draw, signal);
  return { element, again };
}
