// Reads the result of a task, in whatever shape its agent wrote it.

import { textOf } from "./run.js";

/**
 * `text` is the answer where it is one, `json` what else it is; `pieces` are artifacts with their
 * parts; `plan` and `code` the ids of the memories that hold them.
 */
export function read(result) {
  const found = {
    text: "",
    json: undefined,
    pieces: [],
    plan: result?.attach?.plan_id ?? null,
    code: result?.attach?.code_id ?? null,
    model: typeof result?.model === "string" ? result.model : "",
    usage: usageOf(result),
  };
  return Object.assign(found, answer(result));
}

function answer(result) {
  if (result === null || result === undefined) return {};
  if (typeof result === "string") return { text: result };
  const message = result.choices?.[0]?.message ?? result.message;
  const content = message?.content;
  if (typeof content === "string") return { text: content };
  if (Array.isArray(content)) return { text: textOf(content) };
  const said = textOf(message?.parts);
  if (Array.isArray(result.artifacts)) return { pieces: result.artifacts, text: said };
  if (said !== "") return { text: said };
  return { json: result };
}

function usageOf(result) {
  const usage = result?.usage;
  if (typeof usage?.total_tokens !== "number") return null;
  return { in: usage.prompt_tokens ?? 0, out: usage.completion_tokens ?? 0 };
}

/** The same as one text, as it is said again when the conversation goes on. */
export function spoken(result) {
  const { text, json, pieces } = read(result);
  const parts = pieces.flatMap((piece) => piece?.parts ?? []).map(partText);
  return [...parts, text, json === undefined ? "" : pretty(json)].filter((each) => each !== "").join("\n\n");
}

const partText = (part) =>
  typeof part?.text === "string" ? part.text : part?.data === undefined ? "" : pretty(part.data);

export const pretty = (value) => JSON.stringify(value, null, 2) ?? "";
