// One conversation: what was asked and answered in turn. No page in here.

import { spoken } from "./result.js";
import { textOf } from "./run.js";

/** `choice` is who answers: `{ kind: "agent" | "model", name, speaks }`; `speaks` is `a2a` for those that do. */
export const newConversation = (choice) => ({
  choice,
  /** What stood before the first turn, as it was sent: instructions to the model. */
  lead: [],
  turns: [],
  /** The last task of it, if there is one. */
  task: null,
  /** What an A2A agent knows it by: it remembers what was said. */
  context: null,
});

/** A turn begins; `answer` is filled in once there is one. */
export function addTurn(talk, question, task = null) {
  const turn = { question, answer: "", task, note: null };
  talk.turns.push(turn);
  if (task !== null) talk.task = task;
  return turn;
}

/** Everything to send so that `question` is understood: turns without an answer are left out. */
export function messages(talk, question) {
  const before = talk.turns.filter((turn) => turn.answer.trim() !== "" && turn.question !== null);
  return [
    ...talk.lead,
    ...before.flatMap((turn) => [
      { role: "user", content: turn.question },
      { role: "assistant", content: turn.answer },
    ]),
    { role: "user", content: question },
  ];
}

/** Reads back from a task's input what was said before it, and the question itself. */
export function fromInput(input, choice, task) {
  const talk = newConversation(choice);
  const said = Array.isArray(input?.messages) ? input.messages : [];
  let open = null;
  for (const message of said) {
    const text = contentOf(message?.content);
    if (message?.role === "user") open = addTurn(talk, open !== null && open.answer === "" ? merged(talk, open, text) : text);
    else if (message?.role === "assistant" && open !== null) open.answer = open.answer === "" ? text : `${open.answer}\n\n${text}`;
    else if (open === null) talk.lead.push(message);
  }
  if (open === null || open.answer !== "") open = addTurn(talk, null);
  open.task = task;
  talk.task = task;
  return talk;
}

/** Reads back a conversation over A2A from its tasks, up to the one that is meant. */
export function fromTasks(tasks, choice, { task, context }) {
  const talk = newConversation(choice);
  // Ids tell the order.
  const mine = tasks.filter((each) => typeof each.id === "string" && each.id <= task).sort((a, b) => (a.id < b.id ? -1 : 1));
  for (const each of mine) {
    const asked = (each.history ?? []).find((message) => message.role === "ROLE_USER");
    addTurn(talk, asked ? textOf(asked.parts) : null, each.id).answer = spoken({ artifacts: each.artifacts ?? [], message: each.status?.message });
  }
  if (talk.task !== task) addTurn(talk, null, task);
  return Object.assign(talk, { context });
}

/** Two questions in a row are one. */
function merged(talk, open, text) {
  talk.turns.splice(talk.turns.indexOf(open), 1);
  return `${open.question}\n\n${text}`;
}

function contentOf(content) {
  if (typeof content === "string") return content;
  if (!Array.isArray(content)) return "";
  return content.map((part) => (typeof part?.text === "string" ? part.text : `[${part?.type ?? "something"}]`)).join("\n");
}
