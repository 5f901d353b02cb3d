// A turn with a model: its answer is written word by word.

import { announce, h, say } from "../base/dom.js";
import { open } from "../base/http.js";
import { sseParser } from "../base/stream.js";
import { span } from "../base/took.js";
import { whole } from "../base/words.js";
import { title } from "../shell/desk.js";
import { piece } from "./cards.js";
import { writer } from "./writer.js";

/**
 * Asks the model in a turn; resolves once the engine has begun to answer, with a function that reads the
 * answer to its end and gives it back, null where there is none. Refusals are thrown.
 */
export async function askModel(place, model, messages, { stop, keep }) {
  const begun = performance.now();
  const state = h("p", { class: "help" }, "Waiting for the first word…");
  const body = h("div", { class: "pieces" });
  const card = piece("Answer", body, state);
  place.append(card);
  keep(card);
  const response = await open("/v1/chat/completions", {
    method: "POST",
    headers: { "Content-Type": "application/json", Accept: "text/event-stream" },
    body: JSON.stringify({ model, messages, stream: true, stream_options: { include_usage: true } }),
    signal: stop,
  });
  return async () => {
    const answer = newAnswer();
    const pen = writer(body);
    const note = await read(response, answer, stop, () => {
      pen.write(answer.text);
      state.hidden = answer.text !== "";
    });
    pen.end();
    say(state, summary(answer, performance.now() - begun));
    if (note !== null) body.append(h("p", { class: "notice" }, note));
    if (place.isConnected) {
      announce(note ?? "The answer is complete.");
      title("Ask: answered");
    }
    return answer.text || null;
  };
}

/** Reads the answer to its end; gives back what is to be said of that end. */
async function read(response, answer, stop, onPiece) {
  try {
    const feed = sseParser((data) => takeChunk(answer, data));
    const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
    for (let next = await reader.read(); !next.done; next = await reader.read()) {
      feed(next.value);
      onPiece();
    }
    return ending(answer);
  } catch (error) {
    if (stop.aborted) return "You stopped the answer here. The engine has stopped, too.";
    if (error instanceof SyntaxError) return "What the engine sent is no answer that can be read.";
    return "The connection was lost in the middle of the answer. Ask again to get all of it.";
  }
}

function summary({ text, usage }, ms) {
  const tokens = usage && `${whole(usage.prompt_tokens ?? 0)} → ${whole(usage.completion_tokens)} tokens`;
  return [text.trim() === "" && "The answer is empty", span(ms), tokens].filter(Boolean).join(" · ");
}

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
  if (cut !== null) return "The answer stops here: your tokens are used up, or cannot be counted. See Usage.";
  if (finish === "length") return "The answer stops here at its greatest length. Say “go on” to read more.";
  if (finish === null) return "The connection ended before the answer did. Ask again to get all of it.";
  return finish === "stop" ? null : `The engine stopped here: ${finish}.`;
}
