// One agent: what its card says, in words and as it is.

import * as api from "../base/api.js";
import { h } from "../base/dom.js";
import { live } from "../base/every.js";
import { card, chip, empty, facts, head, help, long, reading, things } from "../base/parts.js";
import { json } from "../base/written.js";
import { href } from "../shell/router.js";
import { can, needs, reachOf } from "./words.js";

export const AGAIN_MS = 10_000;
const MOST_SKILLS = 200;

export async function one(place, name, signal) {
  const go = tryIt(name, "go");
  const body = h("div", { class: "stack" }, reading());
  place.append(head(name.slice(0, 200), null, h("a", { class: "quiet", href: href("agents") }, "All agents"), go), body);

  const [all, itsCard] = await Promise.all([api.agents({ signal }), api.card(name, signal).catch(missing)]);
  const known = (found) => found.find((agent) => agent.name === name) ?? null;
  if (known(all) === null || itsCard === null) {
    go.remove();
    body.replaceChildren(empty("There is no agent of this name.", "It may have been taken out of AGENTS."));
    return;
  }
  const answers = h("p", { class: "row", role: "status" });
  body.replaceChildren(about(known(all), itsCard, answers), skills(itsCard.skills), ways(itsCard), raw(itsCard));
  live(answers, AGAIN_MS, async () => known(await api.agents({ reach: true, signal })), (agent) => (agent ? reach(agent) : []), signal);
}

function missing(error) {
  if (error.status === 404) return null;
  throw error;
}

const about = (agent, itsCard, answers) => card("What it is",
  long(agent.description || itsCard.description, { most: 4000 }),
  h("div", {}, answers),
  facts([
    ["Speaks", agent.kind === "a2a" ? "A2A" : "plain chat"],
    ["Version", itsCard.version],
    ["Made by", itsCard.provider?.organization],
    ["Takes", itsCard.defaultInputModes.join(", ")],
    ["Gives", itsCard.defaultOutputModes.join(", ")],
    ["Can", can(itsCard.capabilities)],
    ["Card", itsCard.signatures?.length ? "signed" : "not signed"],
  ]));

const skills = (all) => card(`Skills (${all.length})`, things(all.slice(0, MOST_SKILLS).map(({ id, name, description, tags, examples }) => ({
  name: [h("strong", { dir: "auto" }, name || id), tags?.length ? h("span", { class: "help", dir: "auto" }, tags.join(", ").slice(0, 500)) : null],
  says: [long(description, { most: 2000 }), examples?.length ? [help("For example:"),
    h("ul", { class: "bullets" }, ...examples.slice(0, 20).map((text) => h("li", { dir: "auto" }, text.slice(0, 2000))))] : []].flat(),
}))));

const ways = (itsCard) => card("How to reach it by program",
  things(itsCard.supportedInterfaces.map(({ protocolBinding, protocolVersion, url }) => ({
    name: `${protocolBinding} ${protocolVersion}`,
    says: h("code", {}, url),
  }))),
  help(`A caller shows ${needs(itsCard)}.`));

const raw = (itsCard) => card("The card as it is",
  h("details", {}, h("summary", {}, "Show the JSON"), json(itsCard)));

export const tryIt = (name, look) =>
  h("a", { class: look, href: href("ask", null, { agent: name }), "aria-label": `Try it: ${name}` }, "Try it");

/** Whether an agent answers, and why not. */
export function reach(agent) {
  const { state, word, why } = reachOf(agent);
  return [chip(state, word), why && h("span", { class: "help", dir: "auto" }, why)];
}
