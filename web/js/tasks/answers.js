// Finds what people read in the inputs and results of tasks, whatever shape they have.

/** The text of a result: a chat completion's, an A2A agent's, or a plain one; null where it has none. */
export function textOf(result) {
  if (typeof result === "string") return result;
  if (result === null || typeof result !== "object") return null;
  const chat = result.choices?.[0]?.message?.content ?? result.message?.content;
  if (typeof chat === "string") return chat;
  const said = [chat, ...artifacts(result), result.parts, result.message?.parts].map(partsText).filter((text) => text !== "");
  if (said.length > 0) return said.join("\n\n");
  for (const name of ["answer", "text", "content", "output", "result", "detail"]) {
    if (typeof result[name] === "string") return result[name];
  }
  return null;
}

const artifacts = (result) => (Array.isArray(result.artifacts) ? result.artifacts.map((each) => each?.parts) : []);

const partsText = (parts) =>
  Array.isArray(parts) ? parts.map((part) => (typeof part?.text === "string" ? part.text : "")).filter(Boolean).join("\n") : "";

/** The messages of an input as `[{ role, text }]`; null where it is none. */
export function messagesOf(input) {
  if (typeof input === "string") return [{ role: "", text: input }];
  if (!Array.isArray(input?.messages) || input.messages.length === 0) return null;
  const found = input.messages.map((message) => ({
    role: typeof message?.role === "string" ? message.role : "",
    text: typeof message?.content === "string" ? message.content : partsText(message?.content),
  }));
  return found.every(({ text }) => text !== "") ? found : null;
}
