// How the gateway stands: trouble first, then what is on, what waits, and whose keys it has.

import { gateway } from "../base/api.js";
import { h } from "../base/dom.js";
import { live } from "../base/every.js";
import { card, chip, facts, head, help, reading, things, told } from "../base/parts.js";
import { moment } from "../base/time.js";
import { fetched, numbers, said, summary, troubled, waits } from "./words.js";

const AGAIN_MS = 4000;

export function show(place, _, signal) {
  const body = h("div", { class: "stack" }, reading());
  place.append(head("Status", "How the gateway stands. Looked at again every few seconds."), body);
  live(body, AGAIN_MS, () => gateway(signal), drawn, signal);
}

const RANKS = ["away", "degraded", "ok"];

function drawn(found) {
  const { parts, backlog, keys, warnings, version, since } = found;
  const rank = ({ state }) => RANKS.indexOf(state);
  const on = parts.filter(({ state }) => state !== "off").sort((a, b) => rank(a) - rank(b));
  const off = parts.filter(({ state }) => state === "off");
  return [
    told(summary(found), !troubled(found)),
    ...warnings.map((text) => h("p", { class: "notice" }, said(text))),
    card("What is on", things(on.map(part))),
    off.length > 0 && card("What is off, and how to turn it on", things(off.map(part))),
    card("What waits", facts(numbers(backlog)), help(waits(backlog))),
    keys.length > 0 && card("Keys of identity providers", things(keys.map(provider))),
    card("This gateway", facts([["Version", version], ["Runs since", moment(since, "day")]])),
  ];
}

const part = ({ name, state, why, setting }) => ({
  name: [h("strong", {}, name), chip(state)],
  says: help(said(why), ...(setting && !why?.includes(setting) ? [" ", h("code", {}, setting)] : [])),
});

const STATES = { fresh: "ok", stale: "degraded", missing: "away" };

const provider = ({ issuer, state, count, age_ms: age }) => ({
  name: [h("span", {}, issuer), chip(STATES[state], state)],
  says: help(`keys: ${count}, fetched ${fetched(age)}`),
});
