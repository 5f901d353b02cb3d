// Where one chooses who answers: agents, or a model directly.

import { agents, models } from "../base/api.js";
import { h, say } from "../base/dom.js";
import { explain } from "../base/errors.js";
import { onBack } from "../base/link.js";
import { button, field } from "../base/parts.js";
import { agentChoice, firstOf, keyOf, matching, modelChoice } from "./choices.js";
import { icon } from "./icons.js";

/** With more than this, there is a box to find one by. */
const FEW = 9;
const MOST = 200;

/** `wanted` is an agent to begin with; `onSample(text)` gets an example that was clicked. */
export function chooser({ wanted, onSample, signal }) {
  const tiles = h("div", { class: "tiles" });
  const find = h("input", { type: "search", autocomplete: "off", spellcheck: "false", oninput: draw });
  const finding = h("div", { class: "find", hidden: true }, field("Find an agent or a model", find));
  const about = h("div", { class: "about", "aria-live": "polite" });
  const note = h("p", { class: "help", role: "status" }, "Looking who is there…");
  const element = h("fieldset", { class: "chooser" }, h("legend", {}, "Who is to answer?"), finding, tiles, note, about);
  let all = [];
  let chosen = null;

  function draw() {
    const found = matching(all, find.value);
    tiles.replaceChildren(...found.slice(0, MOST).map(tile));
    finding.hidden = all.length <= FEW;
    if (find.value !== "") say(note, found.length === 0 ? "Nobody is called so." : `${found.length} found.`);
  }

  function tile(choice) {
    const isChosen = chosen !== null && keyOf(choice) === keyOf(chosen);
    const input = h("input", { type: "radio", name: "who", class: "unseen", value: keyOf(choice), checked: isChosen, onchange: () => choose(choice) });
    return h("label", { class: "tile", title: choice.title }, input, icon(choice.picture),
      h("span", { class: "tile-text" }, h("span", { class: "tile-name", dir: "auto" }, choice.title), h("span", { class: "tile-kind" }, choice.kind)));
  }

  function choose(choice) {
    chosen = choice;
    about.replaceChildren(...(choice === null ? [] : described(choice, onSample)));
  }

  function take(more) {
    all = [...all, ...more];
    if (chosen === null || (wanted !== null && chosen.name !== wanted)) choose(firstOf(all, wanted));
    const focused = tiles.contains(document.activeElement);
    draw();
    if (focused) tiles.querySelector(":checked")?.focus();
  }

  /** Models come from the engines, which may be slow: agents are shown meanwhile. */
  async function load() {
    const faults = [];
    const heard = (what) => (error) => {
      if (!signal.aborted && error.status !== 401) faults.push(`${what} cannot be listed now. ${explain(error)}`);
    };
    const listed = models(signal);
    listed.catch(() => {});
    await agents({ signal }).then((found) => take(found.map(agentChoice)), heard("Agents"));
    await listed.then((found) => take(found.filter((model) => model?.id).map(modelChoice)), heard("Models"));
    if (signal.aborted) return;
    say(note, faults.join(" ") || (all.length === 0 ? "Nobody is there yet: name agents in AGENTS, or an engine in ENGINE_URL, and start the gateway again." : null));
    if (wanted !== null && chosen?.name !== wanted) say(note, `No agent here is called “${wanted}”.`);
  }

  onBack(() => { if (all.length === 0) load(); }, signal);

  return { element, chosen: () => chosen, load };
}

function described(choice, onSample) {
  const skills = choice.skills.slice(0, 12).map((skill) =>
    h("li", { class: "chip", dir: "auto", title: skill.description || null }, skill.name));
  const samples = choice.samples.map((text) => button(text, () => onSample(text), { look: "sample", dir: "auto" }));
  return [
    choice.about === "" ? null : h("p", { class: "prose", dir: "auto" }, choice.about.slice(0, 600)),
    skills.length === 0 ? null : h("ul", { class: "can", "aria-label": "Skills" }, ...skills),
    samples.length === 0 ? null : h("div", { class: "samples", role: "group", "aria-label": "Examples" }, h("span", { class: "help" }, "Try:"), ...samples),
  ].filter((each) => each !== null);
}
