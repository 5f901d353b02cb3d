// Whom one can ask: all agents, what each is for and whether it answers, or one of them.

import { agents } from "../base/api.js";
import { h, redraw } from "../base/dom.js";
import { live } from "../base/every.js";
import { card, head, help, reading, things, told } from "../base/parts.js";
import { cut, listed } from "../base/words.js";
import { codeBlock } from "../base/written.js";
import { href } from "../shell/router.js";
import { AGAIN_MS, one, reach, tryIt } from "./one.js";
import { standing } from "./words.js";

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

const drawn = (found) => [
  told(standing(found), found.every(({ reach: known }) => known?.ok !== false)),
  h("div", { class: "card" }, things(found.map(row))),
  // The gateway's own chat is always there.
  found.length === 1 && setUp(),
];

const row = (agent) => ({
  id: agent.name,
  name: [h("a", { href: href("agents", agent.name) }, agent.name), ...reach(agent)],
  says: [
    agent.description && h("p", { dir: "auto" }, agent.description.slice(0, MOST)),
    agent.skill_list.length > 0 && help("Skills: ", h("span", { dir: "auto" }, skills(agent))),
  ],
  act: tryIt(agent.name, "quiet"),
});

const skills = ({ skill_list: all }) => listed(all.map(({ name }) => cut(name, MOST)));

/** How agents are named to the gateway. */
const setUp = () => card("Add agents of your own",
  help("Name them in the variable ", h("code", {}, "AGENTS"), " and start the gateway again. One that speaks A2A has ",
    h("code", {}, "a2a+"), " before its address."),
  codeBlock({ lang: "environment", text: "AGENTS=planner=http://localhost:8100,helper=a2a+http://localhost:9000" }));
