// Shows whether an agent answers, and redraws only what changed.

import { h } from "../base/dom.js";
import { chip } from "../base/parts.js";
import { reachOf } from "./reach.js";

export function showReach(place, agent) {
  const { state, word, why } = reachOf(agent);
  const now = `${state} ${word} ${why}`;
  if (place.dataset.now === now) return;
  place.dataset.now = now;
  place.replaceChildren(chip(state, word), why === null ? "" : h("span", { class: "agent-why", dir: "auto" }, why));
}
