// Reads what an agent answered, in whatever shape it wrote it.

/** The text in the parts of a message. */
export const textOf = (parts) =>
  Array.isArray(parts) ? parts.map((part) => part?.text).filter((text) => typeof text === "string").join("\n") : "";

/** A part as text, data as JSON. */
export function partText(part) {
  if (typeof part?.text === "string") return part.text;
  return part?.data === undefined ? "" : JSON.stringify(part.data, null, 2);
}

/** `{ artifacts, parts }`: what was written under names of its own, and the answer itself. */
export function read(result) {
  const message = result?.choices?.[0]?.message ?? result?.message;
  const said = typeof result === "string" ? result : message?.content ?? message?.parts;
  const artifacts = [result?.artifacts].flat().filter((each) => Array.isArray(each?.parts));
  if (typeof said === "string") return { artifacts, parts: [{ text: said }] };
  if (Array.isArray(said)) return { artifacts, parts: said };
  return { artifacts, parts: artifacts.length > 0 || (result ?? null) === null ? [] : [{ data: result }] };
}

/** The same as one text, as it is said again when the conversation goes on. */
export function spoken(result) {
  const { artifacts, parts } = read(result);
  return [...artifacts.flatMap((each) => each.parts), ...parts].map(partText).filter(Boolean).join("\n\n");
}
