// A turn with a model: its answer is written word by word.

import { h } from "../base/dom.js";
import { open } from "../base/http.js";
import { sseParser } from "../base/sse.js";
import { span } from "../base/words.js";
import { announce } from "../shell/announce.js";
import { piece } from "./cards.js";
import { ending, newAnswer, takeChunk, takeJson } from "./chunks.js";
import { writer } from "./writer.js";

/** Characters of a model's thoughts that are drawn. */
const MOST_THOUGHTS = 20_000;

/**
 * Asks the model in a turn; resolves once the engine has begun to answer, with a function that
 * reads the answer to its end and gives back `{ answer, note }`. Refusals are thrown.
 */
export async function askModel(element, model, messages, stop) {
  const begun = performance.now();
  const page = paper(model);
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
    const note = await read(response, answer, () => {
      if (answer.text !== "" || answer.thoughts !== "") first ??= performance.now() - begun;
      page.draw(answer);
    }, stop);
    page.end(note, summary(answer, first, performance.now() - begun));
    return { answer: answer.text, note };
  };
}

/** Reads the answer to its end; gives back what is to be said of that end. */
async function read(response, answer, onPiece, stop) {
  try {
    if (/json/.test(response.headers.get("Content-Type") ?? "")) {
      takeJson(answer, await response.json());
      answer.isWhole = true;
    } else {
      const feed = sseParser(({ data }) => takeChunk(answer, data));
      const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
      for (let next = await reader.read(); !next.done; next = await reader.read()) {
        feed(next.value);
        onPiece();
      }
    }
    onPiece();
    return ending(answer);
  } catch (error) {
    if (stop.aborted) return "You stopped the answer here. The engine has stopped, too.";
    if (error instanceof SyntaxError) return "What the engine sent is no answer that can be read.";
    return "The connection was lost in the middle of the answer. Ask again to get all of it.";
  }
}

function paper(model) {
  const waits = h("p", { class: "help" }, "Waiting for the first word…");
  const thoughts = h("div", { class: "prose help", dir: "auto", tabindex: "0" });
  const thinking = h("details", { class: "thoughts", hidden: true }, h("summary", {}, "What the model thought"), thoughts);
  const body = h("div", { class: "pieces" }, waits);
  const pen = writer(body);
  const drawn = { text: 0, thoughts: 0 };

  return {
    element: piece("Answer", model, thinking, body),
    draw({ text, thoughts: thought }) {
      waits.hidden ||= text !== "";
      pen.add(text.slice(drawn.text));
      thoughts.append(thought.slice(drawn.thoughts, MOST_THOUGHTS));
      thinking.hidden = thought === "";
      Object.assign(drawn, { text: text.length, thoughts: thought.length });
    },
    end(note, summary) {
      waits.hidden = true;
      const isEmpty = pen.end().trim() === "" && note === null;
      body.append(
        isEmpty ? h("p", { class: "help" }, "The answer is empty.") : "",
        note === null ? "" : h("p", { class: "notice" }, note),
        h("p", { class: "help" }, summary));
    },
  };
}

function summary({ usage }, first, all) {
  const time = first === null ? `Took ${span(all)}.` : `First word after ${span(first)}, all of it after ${span(all)}.`;
  const whole = (number) => (number ?? 0).toLocaleString("en-GB");
  return usage === null ? time : `${time} ${whole(usage.prompt_tokens)} tokens read, ${whole(usage.completion_tokens)} written.`;
}
