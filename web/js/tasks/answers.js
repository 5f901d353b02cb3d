// Finds what people read in the inputs and results of tasks, whatever shape they have.

/** The text of a result: a plain one, a chat completion's, or an A2A agent's; null where it has none. */
export function textOf(result) {
  if (typeof result === "string") return result;
  const message = result?.choices?.[0]?.message ?? result?.message;
  if (typeof message?.content === "string") return message.content;
  const artifacts = Array.isArray(result?.artifacts) ? result.artifacts : [];
  const said = [message?.content, message?.parts, ...artifacts.map((each) => each?.parts)].map(partsText);
  return said.filter(Boolean).join("\n\n") || null;
}

const partsText = (parts) =>
  Array.isArray(parts) ? parts.map((part) => part?.text).filter((text) => typeof text === "string").join("\n") : "";

/** The messages of an input as `[{ role, text }]`; null where it is none. */
export function messagesOf(input) {
  if (typeof input === "string") return [{ role: "", text: input }];
  if (!Array.isArray(input?.messages) || input.messages.length === 0) return null;
  const found = input.messages.map((message) => ({ role: typeof message?.role === "string" ? message.role : "", text: textOf({ message }) }));
  return found.every(({ text }) => text !== null) ? found : null;
}
