// Whether an agent answers, in words. No page in here.

/** A chip's state and its word, and a sentence that says why. */
export function reachOf(agent) {
  const reach = agent.reach;
  if (!reach) return { state: "off", word: "looking…", why: null };
  if (!reach.ok) return { state: "away", word: "does not answer", why: reach.why || "No reason was given." };
  return { state: "ok", word: `answers in ${quick(reach.ms)}`, why: null };
}

const quick = (ms) => (ms < 1 ? "under 1 ms" : ms < 1000 ? `${Math.round(ms)} ms` : `${(ms / 1000).toFixed(1)} s`);

/** One sentence for all of them; null while nothing is known. */
export function standing(agents) {
  if (agents.length === 0 || agents.some((agent) => !agent.reach)) return null;
  const away = agents.filter((agent) => !agent.reach.ok);
  if (away.length === 0) return agents.length === 1 ? "It answers." : `All ${agents.length} answer.`;
  const names = away.slice(0, 3).map((agent) => agent.name).join(", ");
  const more = away.length > 3 ? ` and ${away.length - 3} more` : "";
  return `${names}${more} ${away.length === 1 ? "does" : "do"} not answer.`;
}

export const kindOf = (agent) => (agent.kind === "a2a" ? "speaks A2A" : "plain");

/** Its skills, whether the gateway tells all of them or their names alone. */
export const skillsOf = (agent) =>
  agent.skill_list ?? (agent.skills ?? []).map((name) => ({ id: name, name }));
