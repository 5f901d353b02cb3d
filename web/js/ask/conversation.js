// One conversation: what was asked and answered in turn. No page in here.

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

/** A turn begins; its `answer` is filled in once there is one, and its `note` says how it ended if not well. */
export function addTurn(talk, question, task = null) {
  const turn = { question, answer: "", task, note: null };
  talk.turns.push(turn);
  talk.task = task ?? talk.task;
  return turn;
}

/** Everything to send so that `question` is understood: turns without an answer are left out. */
export function messages(talk, question) {
  const before = talk.turns.filter((turn) => turn.answer.trim() !== "" && turn.question !== null);
  return [
    ...talk.lead,
    ...before.flatMap((turn) => [{ role: "user", content: turn.question }, { role: "assistant", content: turn.answer }]),
    { role: "user", content: question },
  ];
}

/** Reads back from a task's input what was said before it, and the question itself. */
export function fromInput(input, choice, task) {
  const talk = newConversation(choice);
  let open = null;
  for (const message of Array.isArray(input?.messages) ? input.messages : []) {
    const text = contentOf(message?.content);
    if (message?.role === "user" && open?.answer === "") open.question += `\n\n${text}`;
    else if (message?.role === "user") open = addTurn(talk, text);
    else if (message?.role === "assistant" && open !== null) open.answer += `${open.answer === "" ? "" : "\n\n"}${text}`;
    else if (open === null) talk.lead.push(message);
  }
  if (open === null || open.answer !== "") open = addTurn(talk, null);
  open.task = task;
  talk.task = task;
  return talk;
}

function contentOf(content) {
  if (typeof content === "string") return content;
  return Array.isArray(content) ? content.map((part) => part?.text ?? `[${part?.type ?? "something"}]`).join("\n") : "";
}
