// A turn with a model: its answer is written word by word.

import { h } from "../base/dom.js";
import { open } from "../base/http.js";
import { sseParser } from "../base/stream.js";
import { span } from "../base/took.js";
import { whole } from "../base/words.js";
import { announce } from "../shell/desk.js";
import { piece } from "./cards.js";
import { ending, newAnswer, takeChunk } from "./chunks.js";
import { writer } from "./writer.js";

/**
 * Asks the model in a turn; resolves once the engine has begun to answer, with a function that
 * reads the answer to its end and gives back `{ answer, note }`. Refusals are thrown.
 */
export async function askModel(element, model, messages, stop) {
  const begun = performance.now();
  const page = paper();
  element.append(page.element);
  const response = await open("/v1/chat/completions", {
    method: "POST",
    headers: { "Content-Type": "application/json", Accept: "text/event-stream" },
    body: JSON.stringify({ model, messages, stream: true, stream_options: { include_usage: true } }),
    signal: stop,
  });
  announce(`${model} answers.`);
  return async () => {
    const answer = newAnswer();
    let first = null;
    const note = await read(response, answer, stop, () => {
      first ??= span(performance.now() - begun);
      page.draw(answer);
    });
    page.end(note, summary(answer, first, span(performance.now() - begun)));
    return { answer: answer.text, note };
  };
}

/** Reads the answer to its end; gives back what is to be said of that end. */
async function read(response, answer, stop, onPiece) {
  try {
    const feed = sseParser(({ data }) => takeChunk(answer, data));
    const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
    for (let next = await reader.read(); !next.done; next = await reader.read()) {
      feed(next.value);
      if (answer.text !== "" || answer.isThinking) onPiece();
    }
    return ending(answer);
  } catch (error) {
    if (stop.aborted) return "You stopped the answer here. The engine has stopped, too.";
    if (error instanceof SyntaxError) return "What the engine sent is no answer that can be read.";
    return "The connection was lost in the middle of the answer. Ask again to get all of it.";
  }
}

function paper() {
  const state = h("p", { class: "help" }, "Waiting for the first word…");
  const body = h("div", { class: "pieces" });
  const pen = writer(body);
  let drawn = 0;

  return {
    element: piece("Answer", body, state),
    draw({ text }) {
      state.hidden = text !== "";
      state.textContent = "The model is thinking…";
      pen.add(text.slice(drawn));
      drawn = text.length;
    },
    end(note, summary) {
      const isEmpty = pen.end().trim() === "" && note === null;
      state.textContent = isEmpty ? `The answer is empty. ${summary}` : summary;
      state.hidden = false;
      if (note !== null) body.append(h("p", { class: "notice" }, note));
    },
  };
}

function summary({ usage }, first, all) {
  const time = first === null ? `Took ${all}.` : `First word after ${first}, all of it after ${all}.`;
  return usage === null ? time : `${time} ${whole(usage.prompt_tokens ?? 0)} tokens read, ${whole(usage.completion_tokens)} written.`;
}
