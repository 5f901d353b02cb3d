// Where one chooses who answers: an agent, or a model directly.

import { agents, models } from "../base/api.js";
import { h, say } from "../base/dom.js";
import { explain } from "../base/errors.js";
import { onBack } from "../base/link.js";
import { button } from "../base/parts.js";
import { capital, cut } from "../base/words.js";

const MOST = 1000;
const SAMPLES = ["Write Python to sort a list", "Reverse a string in Rust"];

/** An agent of `/agents`. */
function agentChoice({ name, kind, description, skill_list: skills = [] }) {
  const told = skills.flatMap(({ examples }) => examples ?? []).filter((text) => typeof text === "string");
  return {
    kind: "agent",
    name,
    label: capital(name),
    speaks: kind,
    about: description ?? "",
    skills: skills.map((skill) => skill.name).filter((each) => each && each !== name),
    samples: told.length > 0 || kind === "a2a" ? told : SAMPLES,
  };
}

/** A model of an engine. */
const modelChoice = ({ id: name }) =>
  ({ kind: "model", name, label: name, about: "Answers directly, word by word.", skills: [], samples: SAMPLES });

/** `wanted` is an agent to begin with; `onSample(text)` gets an example that was clicked. */
export function chooser({ wanted, onSample, signal }) {
  const tiles = h("div", { class: "tiles" });
  const about = h("div", { class: "about", "aria-live": "polite" });
  const note = h("p", { class: "help", role: "status" }, "Looking who is there…");
  const legend = h("legend", { class: "big" }, "Who is to answer?");
  const element = h("fieldset", { class: "chooser" }, legend, tiles, note, about);
  let chosen = null;

  function tile(choice, isFirst) {
    const input = h("input", { type: "radio", name: "who", class: "unseen", onchange: choose, checked: isFirst });
    function choose() {
      chosen = choice;
      about.replaceChildren(...described(choice, onSample));
    }
    if (isFirst) choose();
    return h("label", { class: "tile" }, input,
      h("b", { dir: "auto" }, choice.label),
      h("span", { class: "help", dir: "auto" }, cut([choice.kind, ...choice.skills].join(" · "), 80)));
  }

  /** The first choice is the one wanted, else an agent that may hand on. */
  function offer(choices) {
    const first = chosen ?? choices.find(({ name }) => (wanted ? name === wanted : name !== "chat")) ?? choices[0];
    tiles.append(...choices.slice(0, MOST).map((choice) => tile(choice, choice === first)));
  }

  /** Models come from the engines, which may be slow: agents are shown meanwhile. */
  async function load() {
    const faults = [];
    const fault = (what) => (error) => { faults.push(`${what} cannot be listed now. ${explain(error)}`); };
    const listed = models(signal).catch(fault("Models"));
    await agents({ signal }).then((found) => offer(found.map(agentChoice))).catch(fault("Agents"));
    const found = await listed ?? [];
    if (signal.aborted) return;
    offer(found.filter((model) => typeof model?.id === "string" && model.id !== "").map(modelChoice));
    const nobody = "Nobody is there yet: name agents in AGENTS or an engine in ENGINE_URL, and start the gateway anew.";
    say(note, faults.join(" ") || (chosen === null ? nobody : null));
  }

  load();
  onBack(() => { if (chosen === null) load(); }, signal);
  return { element, chosen: () => chosen };
}

function described({ about, skills, samples }, onSample) {
  const chip = { class: "chip one-line", "data-tone": "calm", dir: "auto" };
  const can = skills.slice(0, 12).map((name) => h("li", chip, name));
  const look = { look: "quiet sample", dir: "auto" };
  const tries = samples.slice(0, 4).map((text) => button(text, () => onSample(text), look));
  return [
    h("p", { class: "prose", dir: "auto" }, about.slice(0, 600)),
    h("ul", { class: "row", "aria-label": "Skills" }, ...can),
    h("div", { class: "row", role: "group", "aria-label": "Examples" }, ...tries),
  ];
}
