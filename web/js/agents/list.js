// All agents: what each is for, and whether it answers.

import { agents } from "../base/api.js";
import { h, say } from "../base/dom.js";
import { every } from "../base/every.js";
import { chip, empty, head, trouble } from "../base/parts.js";
import { href } from "../shell/router.js";
import { kindOf, skillsOf, standing } from "./reach.js";
import { setUp } from "./setup.js";
import { showReach } from "./shown.js";

const AGAIN_MS = 10_000;
const SKILLS_SHOWN = 6;

export async function list(place, signal) {
  const told = h("p", { class: "agents-told", role: "status", hidden: true });
  const body = h("div", { class: "agents-body" }, h("p", { class: "help reading" }, "Reading…"));
  place.append(head("Agents", "Whom you can ask through this gateway."), told, body);

  const paint = drawn(body, told);
  // Names first: to find out who answers takes up to two seconds.
  paint(await agents({ signal }));
  every(AGAIN_MS, async () => paint(await agents({ reach: true, signal })), signal,
    (error) => { if (error.status !== 0 && error.status !== 401) body.replaceChildren(trouble(error)); });
}

/** Draws the cards when the agents change, and what is known of each in its place when not. */
function drawn(body, told) {
  let before = null;
  let rows = new Map();

  return (found) => {
    const now = JSON.stringify(found.map(({ reach, ...rest }) => rest));
    if (now !== before) {
      rows = new Map(found.map((agent) => [agent.name, row(agent)]));
      body.replaceChildren(...content(found, [...rows.values()].map(({ element }) => element)));
      before = now;
    }
    for (const agent of found) rows.get(agent.name).reach(agent);
    say(told, standing(found));
    told.classList.toggle("bad", found.some((agent) => agent.reach && !agent.reach.ok));
  };
}

function content(found, elements) {
  const cards = h("ul", { class: "agents-list" }, ...elements);
  if (found.length === 0) return [empty("No agent is here yet.", "An agent is any server that takes a task and answers it.", setUp())];
  if (found.length === 1) return [cards, h("div", { class: "card" }, h("h2", {}, "Add agents of your own"), setUp())];
  return [cards];
}

function row(agent) {
  const place = h("div", { class: "agent-reach" });
  const element = h("li", { class: "card agent" },
    h("div", { class: "agent-head" },
      h("h2", { class: "agent-name" }, h("a", { href: href("agents", agent.name), dir: "auto" }, agent.name)),
      chip("plain", kindOf(agent))),
    place,
    agent.description ? h("p", { class: "agent-what", dir: "auto" }, agent.description.slice(0, 600)) : null,
    skills(skillsOf(agent)),
    h("p", { class: "agent-go" },
      h("a", { class: "quiet-link", href: href("ask", null, { agent: agent.name }) }, "Try it",
        h("span", { class: "unseen" }, ` with ${agent.name}`))));
  return { element, reach: (known) => showReach(place, known) };
}

function skills(all) {
  if (all.length === 0) return null;
  const more = all.length - SKILLS_SHOWN;
  return h("ul", { class: "agent-skills", "aria-label": "Skills" },
    ...all.slice(0, SKILLS_SHOWN).map((skill) => h("li", { class: "agent-tag", dir: "auto", title: skill.description }, skill.name)),
    more > 0 ? h("li", { class: "help" }, `and ${more} more`) : null);
}
