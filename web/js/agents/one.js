// One agent: what its card says, in words and as it is.

import * as api from "../base/api.js";
import { copyButton } from "../base/copy.js";
import { h } from "../base/dom.js";
import { every } from "../base/every.js";
import { card, chip, empty, facts, head, long } from "../base/parts.js";
import { href } from "../shell/router.js";
import { announcedBy, can, doors, modes, needs } from "./card.js";
import { kindOf, skillsOf } from "./reach.js";
import { showReach } from "./shown.js";

const AGAIN_MS = 10_000;

export async function one(place, name, signal) {
  const body = h("div", { class: "agent-one" }, h("p", { class: "help reading" }, "Reading…"));
  const title = head(name.slice(0, 200), null,
    h("a", { class: "quiet-link", href: href("agents") }, "All agents"),
    h("a", { class: "go", href: href("ask", null, { agent: name }) }, "Try it"));
  title.querySelector("h1").dir = "auto";
  place.append(title, body);

  const [all, itsCard] = await Promise.all([api.agents({ signal }), api.card(name, signal).catch(missing)]);
  const agent = all.find((each) => each.name === name);
  if (agent === undefined && itsCard === null) {
    title.querySelector(".go").remove();
    body.replaceChildren(empty("There is no agent of this name.", "It may have been taken out of AGENTS.",
      h("a", { href: href("agents") }, "See all agents")));
    return;
  }
  const reach = h("div", { class: "agent-reach", role: "status" });
  body.replaceChildren(...cards(agent ?? { name }, itsCard, reach));
  every(AGAIN_MS, async () => {
    const now = (await api.agents({ reach: true, signal })).find((each) => each.name === name);
    if (now) showReach(reach, now);
  }, signal);
}

function missing(error) {
  if (error.status === 404) return null;
  throw error;
}

function cards(agent, itsCard, reach) {
  const about = card("What it is",
    agent.description || itsCard?.description ? long(agent.description || itsCard.description, { most: 4000 }) : null,
    reach,
    facts([
      ["Kind", agent.kind ? kindOf(agent) : null],
      ["Version", itsCard?.version],
      ["Made by", itsCard?.provider?.organization],
      ["Takes", modes(itsCard?.defaultInputModes)],
      ["Gives", modes(itsCard?.defaultOutputModes)],
      ["Can", itsCard && can(itsCard.capabilities)],
      ["Card", itsCard && announcedBy(itsCard)],
    ]));
  if (!itsCard) return [about];
  return [about, skillCards(skillsIn(agent, itsCard)), ways(itsCard), raw(itsCard)];
}

const skillsIn = (agent, itsCard) => (itsCard.skills?.length ? itsCard.skills : skillsOf(agent));

function skillCards(all) {
  return card(`Skills (${all.length})`,
    all.length === 0 ? h("p", { class: "help" }, "Its card names none.") : null,
    h("ul", { class: "skill-list" }, ...all.slice(0, 200).map(skill)));
}

function skill({ id, name, description, tags, examples }) {
  return h("li", {},
    h("h3", { dir: "auto" }, name || id || "Without a name"),
    description ? long(description, { most: 2000 }) : null,
    tags?.length ? h("ul", { class: "agent-skills", "aria-label": "Tags" }, ...tags.slice(0, 30).map((tag) => h("li", { class: "agent-tag", dir: "auto" }, tag))) : null,
    examples?.length ? h("div", {}, h("p", { class: "help" }, "For example:"),
      h("ul", { class: "skill-examples" }, ...examples.slice(0, 20).map((text) => h("li", { class: "prose", dir: "auto" }, text.slice(0, 2000))))) : null);
}

function ways(itsCard) {
  return card("How to reach it by program",
    h("div", { class: "table", tabindex: "0", role: "region", "aria-label": "Its interfaces" },
      h("table", {},
        h("thead", {}, h("tr", {}, ...["Protocol", "Version", "Address"].map((word) => h("th", { scope: "col" }, word)))),
        h("tbody", {}, ...doors(itsCard).map((door) => h("tr", {},
          h("td", {}, door.binding), h("td", {}, door.version), h("td", {}, h("code", {}, door.url))))))),
    h("h3", {}, "What a caller has to show"),
    h("ul", { class: "needs" }, ...needs(itsCard).map(({ name, what, scopes }) =>
      h("li", {}, h("strong", {}, name), what ? ` ${what}` : "", ...scopes.map((scope) => [" ", chip("scope", scope)]).flat()))));
}

function raw(itsCard) {
  const code = h("code", {}, JSON.stringify(itsCard, null, 2).slice(0, 200_000));
  return card("The card as it is",
    h("details", {}, h("summary", {}, "Show the JSON"),
      h("figure", { class: "code" },
        h("figcaption", {}, h("span", {}, "json"), copyButton(code, "the card")),
        h("pre", { tabindex: "0", role: "region", "aria-label": "The card, JSON" }, code))));
}
