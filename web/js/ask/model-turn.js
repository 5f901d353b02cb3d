// A turn with a model: its answer is written word by word.

import { h } from "../base/dom.js";
import { open } from "../base/http.js";
import { sseParser } from "../base/stream.js";
import { span } from "../base/took.js";
import { whole } from "../base/words.js";
import { announce, title } from "../shell/desk.js";
import { piece } from "./cards.js";
import { ending, newAnswer, takeChunk } from "./chunks.js";
import { writer } from "./writer.js";

/**
 * Asks the model in a turn; resolves once the engine has begun to answer, with a function that reads the
 * answer to its end and gives it back, null where there is none. Refusals are thrown.
 */
export async function askModel(place, model, messages, stop) {
  const begun = performance.now();
  const state = h("p", { class: "help" }, "Waiting for the first word…");
  const body = h("div", { class: "pieces" });
  place.append(piece("Answer", body, state));
  const response = await open("/v1/chat/completions", {
    method: "POST",
    headers: { "Content-Type": "application/json", Accept: "text/event-stream" },
    body: JSON.stringify({ model, messages, stream: true, stream_options: { include_usage: true } }),
    signal: stop,
  });
  return async () => {
    const answer = newAnswer();
    const pen = writer(body);
    const note = await read(response, answer, stop, () => pen.write(answer.text));
    pen.end();
    state.textContent = summary(answer, performance.now() - begun);
    if (note !== null) body.append(h("p", { class: "notice" }, note));
    if (place.isConnected) {
      announce(note ?? "The answer is complete.");
      title("Answered");
    }
    return answer.text || null;
  };
}

/** Reads the answer to its end; gives back what is to be said of that end. */
async function read(response, answer, stop, onPiece) {
  try {
    const feed = sseParser(({ data }) => takeChunk(answer, data));
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
  const tokens = usage === null ? "" : ` · ${whole(usage.prompt_tokens ?? 0)} → ${whole(usage.completion_tokens)} tokens`;
  return `${text.trim() === "" ? "The answer is empty · " : ""}${span(ms)}${tokens}`;
}
