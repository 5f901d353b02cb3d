// Reads the pieces of a model's streamed answer. No page in here.

/** `finish` is why the model stopped, in the engine's word; `cut` why the gateway cut it, if it did. */
export const newAnswer = () => ({ text: "", thoughts: "", usage: null, finish: null, cut: null, error: null, isWhole: false });

/** Takes in the data of one event. */
export function takeChunk(answer, data) {
  if (data === "[DONE]") answer.isWhole = true;
  else takeJson(answer, JSON.parse(data));
}

/** The same of an answer that came whole. */
export function takeJson(answer, chunk) {
  if (chunk?.error) {
    answer.error = string(chunk.error) || string(chunk.error.message) || "no reason was given";
    return;
  }
  const choice = chunk?.choices?.[0];
  const said = choice?.delta ?? choice?.message;
  answer.text += string(said?.content);
  answer.thoughts += string(said?.reasoning_content ?? said?.reasoning);
  answer.finish = choice?.finish_reason ?? answer.finish;
  answer.cut = chunk?.attach?.reason ?? answer.cut;
  if (typeof chunk?.usage?.completion_tokens === "number") answer.usage = chunk.usage;
}

const string = (value) => (typeof value === "string" ? value : "");

const FINISHES = {
  length: "The answer stops here because it reached the greatest length. Say “go on” to read more.",
  content_filter: "The engine held back the rest of the answer.",
  tool_calls: "The model asked to use a tool, which this page has none of.",
};

/** What is to be said of how it ended; null where it ended as it should. */
export function ending({ error, cut, finish, isWhole }) {
  if (error !== null) return `The engine failed in the middle of the answer: ${error}`;
  if (cut === "token_quota") return "The answer stops here: your tokens for now are used up. Wait until there is room again (see Usage), then say “go on”.";
  if (cut !== null) return "The answer stops here: the gateway could not check how many tokens you have left. Try again in a moment.";
  if (finish === null && !isWhole) return "The connection ended before the answer did. Ask again to get all of it.";
  return FINISHES[finish] ?? null;
}
