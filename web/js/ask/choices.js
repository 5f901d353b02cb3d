// Who can be asked, as the chooser shows them. No page in here.

import { capital } from "../base/words.js";
import { pictureOf } from "./names.js";

const SAMPLES = ["Write Python to sort a list", "Reverse a string in Rust", "Find large files with a shell script"];
const MOST_SAMPLES = 4;
/** Those that come with the gateway say in their cards less than they can. */
const WRITE_CODE = new Set(["chat", "planner", "coder"]);

export const keyOf = ({ kind, name }) => `${kind} ${name}`;

/** An agent of `/agents`. */
export function agentChoice(agent) {
  const skills = agent.skill_list ?? (agent.skills ?? []).map((name) => ({ name }));
  const told = skills.flatMap((skill) => skill.examples ?? []).filter((text) => typeof text === "string" && text.trim() !== "");
  return {
    kind: "agent",
    name: agent.name,
    speaks: agent.kind ?? "chat",
    title: capital(agent.name),
    picture: pictureOf(agent.name),
    about: agent.description ?? "",
    skills: skills.filter((skill) => skill.name && skill.name !== agent.name),
    samples: (told.length === 0 && WRITE_CODE.has(agent.name) ? SAMPLES : [...new Set(told)]).slice(0, MOST_SAMPLES),
  };
}

/** A model of `/v1/models`. */
export const modelChoice = (model) => ({
  kind: "model",
  name: model.id,
  title: model.id,
  picture: "engine",
  about: "Answers directly: one call of the engine, word by word, without an agent in between.",
  skills: [],
  samples: SAMPLES,
});

/** Those that have every word of `text` in their name, description or skills. */
export function matching(choices, text) {
  const words = text.toLowerCase().split(/\s+/).filter((word) => word !== "");
  return choices.filter((choice) => {
    const all = [choice.name, choice.kind, choice.about, ...choice.skills.map((skill) => `${skill.name} ${skill.description ?? ""}`)].join(" ").toLowerCase();
    return words.every((word) => all.includes(word));
  });
}

/** Whom to offer first: the one wanted, an agent that hands on, any other, the model. */
export function firstOf(choices, wanted = null) {
  const named = (name) => choices.find((choice) => choice.kind === "agent" && choice.name === name);
  return named(wanted) ?? choices.find((choice) => choice.kind === "agent" && choice.name !== "chat") ?? choices[0] ?? null;
}
