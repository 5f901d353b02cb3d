// Who can be asked, as the chooser shows them. No page in here.

const SAMPLES = ["Write Python to sort a list", "Reverse a string in Rust", "Find large files with a shell script"];
/** Those that come with the gateway say in their cards less than they can. */
const WRITE_CODE = ["chat", "planner", "coder"];

/** An agent of `/agents`. */
export function agentChoice({ name, kind = "chat", description = "", skill_list: skills = [] }) {
  const told = skills.flatMap((skill) => skill.examples ?? []).filter((text) => typeof text === "string" && text.trim() !== "");
  return {
    kind: "agent",
    name,
    speaks: kind,
    about: description ?? "",
    skills: skills.filter((skill) => skill.name && skill.name !== name).slice(0, 12),
    samples: told.length === 0 && WRITE_CODE.includes(name) ? SAMPLES : [...new Set(told)].slice(0, 4),
  };
}

/** A model of an engine, asked directly. */
export const modelChoice = (name) =>
  ({ kind: "model", name, about: "Answers directly, word by word, without an agent in between.", skills: [], samples: SAMPLES });
