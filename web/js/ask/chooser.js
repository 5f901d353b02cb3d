// Where one chooses who answers: an agent, or a model directly.

import { agents, models } from "../base/api.js";
import { h, say } from "../base/dom.js";
import { explain } from "../base/errors.js";
import { onBack } from "../base/link.js";
import { button, field } from "../base/parts.js";
import { capital } from "../base/words.js";
import { agentChoice, modelChoice } from "./choices.js";
import { picture } from "./drawing.js";

/** `wanted` is an agent to begin with; `onSample(text)` gets an example that was clicked. */
export function chooser({ wanted, onSample, signal }) {
  const tiles = h("div", { class: "tiles" });
  const about = h("div", { class: "about", "aria-live": "polite" });
  const note = h("p", { class: "help", role: "status" }, "Looking who is there…");
  const element = h("fieldset", { class: "chooser" }, h("legend", { class: "big" }, "Who is to answer?"), tiles, note, about);
  let chosen = null;
  let faults = [];

  function choose(choice, ...fields) {
    chosen = choice;
    about.replaceChildren(...fields, ...described(choice, onSample));
  }

  /** `onchange` is called when it is chosen; without a choice yet, at once. */
  function tile(name, kind, image, isFirst, onchange) {
    const input = h("input", { type: "radio", name: "who", class: "unseen", onchange });
    tiles.append(h("label", { class: "tile", title: name }, input, picture(image),
      h("span", { class: "one-line" }, h("b", { dir: "auto" }, name), h("span", { class: "help" }, kind))));
    if (!isFirst) return;
    input.checked = true;
    onchange();
  }

  function showAgents(found) {
    const choices = found.map(agentChoice);
    // Whom to offer first: the one wanted, an agent that hands on, any other.
    const first = choices.find(({ name }) => name === wanted) ?? choices.find(({ name }) => name !== "chat") ?? choices[0];
    if (wanted !== null && first?.name !== wanted) faults.push(`No agent here is called “${wanted}”.`);
    for (const choice of choices) tile(capital(choice.name), "agent", choice.name, choice === first, () => choose(choice));
  }

  /** Of models there may be hundreds: one of them is chosen from a list. */
  function showModels(found) {
    const names = found.map((model) => model?.id).filter((name) => typeof name === "string" && name !== "");
    if (names.length === 0) return;
    const select = h("select", { onchange: () => { chosen = modelChoice(select.value); } }, ...names.map((name) => h("option", {}, name)));
    tile("A model", names.length === 1 ? names[0] : `one of ${names.length}`, "engine", chosen === null, () => choose(modelChoice(select.value), field("Model", select)));
  }

  /** Models come from the engines, which may be slow: agents are shown meanwhile. */
  async function load() {
    faults = [];
    const fault = (what) => (error) => faults.push(`${what} cannot be listed now. ${explain(error)}`);
    const listed = models(signal).catch(fault("Models"));
    await agents({ signal }).then(showAgents).catch(fault("Agents"));
    const found = await listed;
    if (signal.aborted) return;
    if (Array.isArray(found)) showModels(found);
    if (chosen === null && faults.length === 0) faults.push("Nobody is there yet: name agents in AGENTS, or an engine in ENGINE_URL, and start the gateway again.");
    say(note, faults.join(" "));
  }

  load();
  onBack(() => { if (chosen === null) load(); }, signal);
  return { element, chosen: () => chosen };
}

function described({ about, skills, samples }, onSample) {
  const can = skills.map((skill) => h("li", { class: "chip one-line", dir: "auto", title: skill.description || null }, skill.name));
  const tries = samples.map((text) => button(text, () => onSample(text), { look: "quiet sample", dir: "auto" }));
  return [
    h("p", { class: "prose", dir: "auto" }, about.slice(0, 600)),
    can.length > 0 && h("ul", { class: "row", "aria-label": "Skills" }, ...can),
    tries.length > 0 && h("div", { class: "row", role: "group", "aria-label": "Examples" }, h("span", { class: "help" }, "Try:"), ...tries),
  ].filter((each) => each);
}
