// Where one chooses who answers: agents, or a model directly.

import { agents, models } from "../base/api.js";
import { h, say } from "../base/dom.js";
import { explain } from "../base/errors.js";
import { onBack } from "../base/link.js";
import { button, field } from "../base/parts.js";
import { capital } from "../base/words.js";
import { agentChoice, matches, modelChoice } from "./choices.js";
import { picture } from "./drawing.js";

/** With more than this, there is a box to find one by. */
const FEW = 9;
const MOST = 1000;

/** `wanted` is an agent to begin with; `onSample(text)` gets an example that was clicked. */
export function chooser({ wanted, onSample, signal }) {
  const tiles = h("div", { class: "tiles" });
  const find = h("input", { type: "search", autocomplete: "off", spellcheck: "false", oninput: narrow });
  const finding = h("div", { class: "find", hidden: true }, field("Find an agent or a model", find));
  const about = h("div", { class: "about", "aria-live": "polite" });
  const note = h("p", { class: "help", role: "status" }, "Looking who is there…");
  const element = h("fieldset", { class: "chooser" }, h("legend", { class: "big" }, "Who is to answer?"), finding, tiles, note, about);
  const all = [];
  let chosen = null;

  function narrow() {
    for (const { choice, tile } of all) tile.hidden = !matches(choice, find.value);
    const found = all.filter(({ tile }) => !tile.hidden).length;
    say(note, find.value === "" ? null : found === 0 ? "Nobody is called so." : `${found} found.`);
  }

  function choose({ choice, input }) {
    chosen = choice;
    input.checked = true;
    about.replaceChildren(...described(choice, onSample));
  }

  function take(choices) {
    for (const choice of choices.slice(0, MOST)) {
      const input = h("input", { type: "radio", name: "who", class: "unseen", onchange: () => choose({ choice, input }) });
      const tile = h("label", { class: "tile", title: choice.name }, input, picture(choice.kind === "model" ? "engine" : choice.name),
        h("span", { class: "one-line" }, h("b", { dir: "auto" }, choice.kind === "model" ? choice.name : capital(choice.name)), h("span", { class: "help" }, choice.kind)));
      all.push({ choice, input, tile });
      tiles.append(tile);
    }
    finding.hidden = all.length <= FEW;
    const isAgent = ({ choice }) => choice.kind === "agent";
    // Whom to offer first: the one wanted, an agent that hands on, any other.
    const first = all.find((each) => isAgent(each) && each.choice.name === wanted) ?? all.find((each) => isAgent(each) && each.choice.name !== "chat") ?? all[0];
    if (first && chosen === null) choose(first);
  }

  /** Models come from the engines, which may be slow: agents are shown meanwhile. */
  async function load() {
    const faults = [];
    const fault = (what) => (error) => { if (error.status !== 401) faults.push(`${what} cannot be listed now. ${explain(error)}`); };
    const listed = models(signal).then((found) => found.filter((model) => model?.id).map(modelChoice));
    listed.catch(() => {});
    await agents({ signal }).then((found) => take(found.map(agentChoice)), fault("Agents"));
    await listed.then(take, fault("Models"));
    if (signal.aborted) return;
    if (all.length === 0) faults.push("Nobody is there yet: name agents in AGENTS, or an engine in ENGINE_URL, and start the gateway again.");
    if (wanted !== null && chosen?.name !== wanted) faults.push(`No agent here is called “${wanted}”.`);
    say(note, faults.join(" "));
  }

  load();
  onBack(() => { if (all.length === 0) load(); }, signal);
  return { element, chosen: () => chosen };
}

function described({ about, skills, samples }, onSample) {
  return [
    about && h("p", { class: "prose", dir: "auto" }, about.slice(0, 600)),
    skills.length > 0 && h("ul", { class: "row", "aria-label": "Skills" },
      ...skills.map((skill) => h("li", { class: "chip one-line", dir: "auto", title: skill.description || null }, skill.name))),
    samples.length > 0 && h("div", { class: "row", role: "group", "aria-label": "Examples" }, h("span", { class: "help" }, "Try:"),
      ...samples.map((text) => button(text, () => onSample(text), { look: "quiet sample", dir: "auto" }))),
  ].filter((each) => each);
}
