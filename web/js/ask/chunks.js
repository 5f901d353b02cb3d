// Reads the pieces of a model's streamed answer. No page in here.

export const newAnswer = () => ({
  text: "",
  thoughts: "",
  model: "",
  usage: null,
  /** Why the model stopped, in the engine's word. */
  finish: null,
  /** Why the gateway cut it, if it did. */
  cut: null,
  error: null,
  done: false,
});

/** Takes in the data of one event; gives back what is new: `{ text, thoughts }`. */
export function takeChunk(answer, data) {
  if (data === "[DONE]") {
    answer.done = true;
    return { text: "", thoughts: "" };
  }
  return takeJson(answer, JSON.parse(data));
}

/** The same of an answer that came whole. */
export function takeJson(answer, chunk) {
  if (chunk?.error) {
    answer.error = words(chunk.error);
    return { text: "", thoughts: "" };
  }
  const choice = chunk?.choices?.[0];
  const piece = choice?.delta ?? choice?.message ?? {};
  const text = string(piece.content);
  const thoughts = string(piece.reasoning_content ?? piece.reasoning);
  answer.text += text;
  answer.thoughts += thoughts;
  answer.model ||= string(chunk?.model);
  answer.finish = choice?.finish_reason ?? answer.finish;
  answer.cut = chunk?.attach?.reason ?? answer.cut;
  answer.usage = usageOf(chunk?.usage) ?? answer.usage;
  return { text, thoughts };
}

const string = (value) => (typeof value === "string" ? value : "");

function usageOf(usage) {
  if (typeof usage?.completion_tokens !== "number") return null;
  return { in: usage.prompt_tokens ?? 0, out: usage.completion_tokens };
}

function words(error) {
  if (typeof error === "string") return error;
  return string(error.message) || string(error.code) || "the engine failed";
}

/** What is to be said of how it ended; null where it ended as it should. */
export function ending(answer) {
  if (answer.error !== null) return { bad: true, text: `The engine failed in the middle of the answer: ${answer.error}` };
  if (answer.cut === "token_quota") {
    return { bad: true, text: "The answer stops here: your tokens for now are used up. Wait until there is room again (see Usage), then say “go on”." };
  }
  if (answer.cut !== null) {
    return { bad: true, text: "The answer stops here: the gateway could not check how many tokens you have left. Try again in a moment." };
  }
  if (answer.finish === "length") {
    return { bad: false, text: "The answer stops here because it reached the greatest length. Say “go on” to read more." };
  }
  if (answer.finish === "content_filter") return { bad: true, text: "The engine held back the rest of the answer." };
  if (answer.finish === "tool_calls") return { bad: false, text: "The model asked to use a tool, which this page has none of." };
  if (answer.finish === null && !answer.done) return { bad: true, text: "The connection ended before the answer did. Ask again to get all of it." };
  return null;
}
