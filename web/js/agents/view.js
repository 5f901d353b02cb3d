// Whom one can ask: all agents, what each is for and whether it answers, or one of them.

import { agents } from "../base/api.js";
import { h, redraw } from "../base/dom.js";
import { live } from "../base/every.js";
import { card, empty, head, help, reading, things, told } from "../base/parts.js";
import { codeBlock } from "../base/written.js";
import { href } from "../shell/router.js";
import { AGAIN_MS, one, reach, tryIt } from "./one.js";
import { standing } from "./words.js";

const MOST_SKILLS = 10;
const MOST = 600;

export function show(place, { id }, signal) {
  return id === null ? list(place, signal) : one(place, id, signal);
}

async function list(place, signal) {
  const body = h("div", { class: "stack" }, reading());
  place.append(head("Agents", "Whom you can ask through this gateway."), body);
  // Names first: to find out who answers takes up to two seconds.
  redraw(body, ...drawn(await agents({ signal })));
  live(body, AGAIN_MS, () => agents({ reach: true, signal }), drawn, signal);
}

function drawn(found) {
  if (found.length === 0) return [empty("No agent is here yet.", "An agent is any server that takes a task and answers it.", ...setUp())];
  return [
    told(standing(found), found.every(({ reach: known }) => known?.ok !== false)),
    h("div", { class: "card" }, things(found.map(row))),
    // The gateway's own chat is always there.
    found.length === 1 && card("Add agents of your own", ...setUp()),
  ];
}

const row = (agent) => ({
  id: agent.name,
  name: [h("a", { href: href("agents", agent.name) }, agent.name), ...reach(agent)],
  says: [
    agent.description && h("p", { dir: "auto" }, agent.description.slice(0, MOST)),
    agent.skill_list.length > 0 && help("Skills: ", h("span", { dir: "auto" }, skills(agent.skill_list))),
  ],
  act: tryIt(agent.name, "quiet"),
});

const skills = (all) => all.slice(0, MOST_SKILLS).map(({ name }) => name.slice(0, MOST)).join(", ") + (all.length > MOST_SKILLS ? ", …" : "");

/** How agents are named to the gateway. */
const setUp = () => [
  help("Name them in the variable ", h("code", {}, "AGENTS"), " and start the gateway again. One that speaks A2A has ",
    h("code", {}, "a2a+"), " before its address. To look around first, ", h("code", {}, "attach-gateway dev"), " brings a planner and a coder."),
  codeBlock({ lang: "environment", text: "AGENTS=planner=http://localhost:8100,helper=a2a+http://localhost:9000" }),
];
