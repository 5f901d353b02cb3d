// Reads the pieces of a model's streamed answer. No page in here.

/** `finish` is why the model stopped, in the engine's word; `cut` why the gateway cut it, if it did. */
export const newAnswer = () => ({ text: "", usage: null, finish: null, cut: null, error: null });

const string = (value) => (typeof value === "string" ? value : "");

/** Takes in the data of one event. */
export function takeChunk(answer, data) {
  if (data === "[DONE]") {
    answer.finish ??= "stop";
    return;
  }
  const chunk = JSON.parse(data);
  const choice = chunk?.choices?.[0];
  answer.text += string(choice?.delta?.content);
  answer.finish = choice?.finish_reason ?? answer.finish;
  answer.cut = chunk?.attach?.reason ?? answer.cut;
  if (chunk?.error) answer.error = string(chunk.error) || string(chunk.error.message) || "no reason was given";
  if (typeof chunk?.usage?.completion_tokens === "number") answer.usage = chunk.usage;
}

/** What is to be said of how it ended; null where it ended as it should. */
export function ending({ error, cut, finish }) {
  if (error !== null) return `The engine failed in the middle of the answer: ${error}`;
  if (cut !== null) return "The answer stops here: your tokens for now are used up, or cannot be counted. See Usage, then say “go on”.";
  if (finish === "length") return "The answer stops here because it reached the greatest length. Say “go on” to read more.";
  if (finish === null) return "The connection ended before the answer did. Ask again to get all of it.";
  return finish === "stop" ? null : `The engine stopped here: ${finish}.`;
}
