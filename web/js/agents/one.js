// One agent: what its card says, in words and as it is.

import * as api from "../base/api.js";
import { h } from "../base/dom.js";
import { live } from "../base/every.js";
import { card, chip, empty, facts, head, help, long, reading, things } from "../base/parts.js";
import { cut } from "../base/words.js";
import { json } from "../base/written.js";
import { href } from "../shell/router.js";
import { reachOf } from "./words.js";

export const AGAIN_MS = 10_000;
const MOST_SKILLS = 200;
const MOST = 600;

export async function one(place, name, signal) {
  const go = tryIt(name, "go");
  const body = h("div", { class: "stack" }, reading());
  const all = h("a", { class: "quiet", href: href("agents") }, "All agents");
  place.append(head(name.slice(0, 200), null, all, go), body);

  const known = async (reach) => (await api.agents({ reach, signal })).find((agent) => agent.name === name);
  const agent = await known(false);
  if (!agent) {
    go.remove();
    body.replaceChildren(empty("There is no agent of this name.", "It may have been taken out of AGENTS."));
    return;
  }
  const itsCard = await api.card(name, signal);
  const answers = h("p", { class: "row", role: "status" });
  body.replaceChildren(about(agent, itsCard, answers), skills(itsCard.skills), ways(itsCard),
    card("The card as it is", h("details", {}, h("summary", {}, "Show the JSON"), json(itsCard))));
  live(answers, AGAIN_MS, () => known(true), (found) => (found ? reach(found) : []), signal);
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
  ]));

const skills = (all) => card(`Skills (${all.length})`, things(all.slice(0, MOST_SKILLS).map(skill)));

const skill = ({ id, name, description, tags, examples }) => ({
  name: [h("strong", { dir: "auto" }, name || id), h("bdi", { class: "help" }, cut((tags ?? []).join(", "), MOST))],
  says: [long(description, { most: 2000 }), h("ul", { class: "help" }, ...(examples ?? []).slice(0, 20).map(example))],
});

const example = (text) => h("li", { dir: "auto" }, cut(text, MOST));

const ways = (itsCard) => card("How to reach it by program",
  things(itsCard.supportedInterfaces.map(({ protocolBinding, protocolVersion, url }) => ({
    name: `${protocolBinding} ${protocolVersion}`,
    says: h("code", {}, url),
  }))),
  help("With an access token or an API key, as with everything else here."));

export const tryIt = (name, look) =>
  h("a", { class: look, href: href("ask", null, { agent: name }), "aria-label": `Try it: ${name}` }, "Try it");

/** Whether an agent answers, and why not. */
export function reach(agent) {
  const { state, word, why } = reachOf(agent);
  return [chip(state, word), why && h("span", { class: "help", dir: "auto" }, why)];
}
