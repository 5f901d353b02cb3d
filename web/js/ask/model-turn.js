// A turn with a model: its answer is written word by word.

import { h } from "../base/dom.js";
import { sentence } from "../base/errors.js";
import { open } from "../base/http.js";
import { sseParser } from "../base/sse.js";
import { span } from "../base/words.js";
import { announce } from "../shell/announce.js";
import { ending, newAnswer, takeChunk, takeJson } from "./chunks.js";
import { near } from "./near.js";
import { writer } from "./writer.js";

/** Characters of a model's thoughts that are drawn. */
const MOST_THOUGHTS = 20_000;

/**
 * Asks the model; resolves once the engine has begun to answer, with what `readAnswer` takes.
 * Refusals are thrown.
 */
export async function askModel({ body, foot }, model, messages, stop) {
  const begun = performance.now();
  const page = paper(body, model);
  const response = await open("/v1/chat/completions", {
    method: "POST",
    headers: { "Content-Type": "application/json", Accept: "text/event-stream" },
    body: JSON.stringify({ model, messages, stream: true, stream_options: { include_usage: true } }),
    signal: stop,
  });
  announce(`${model} answers.`);
  return { response, page, foot, begun, stop };
}

/** Draws the answer as it comes; gives back `{ answer, note }`, what was said and how it ended if not well. */
export async function readAnswer({ response, page, foot, begun, stop }) {
  const answer = newAnswer();
  let first = null;
  const note = await reading(response, answer, (piece) => {
    if (piece.text !== "" || piece.thoughts !== "") first ??= performance.now();
    page.add(piece);
  }, stop);
  page.end(note);
  foot.append(h("p", {}, summary(answer, { begun, first })));
  return { answer: answer.text, note: note?.text ?? null };
}

/** Reads the answer to its end; gives back what is to be said of that end. */
async function reading(response, answer, onPiece, stop) {
  try {
    if (/json/.test(response.headers.get("Content-Type") ?? "")) {
      onPiece(takeJson(answer, await response.json()));
      answer.done = true;
    } else {
      const feed = sseParser(({ data }) => onPiece(takeChunk(answer, data)));
      const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
      for (let next = await reader.read(); !next.done; next = await reader.read()) feed(next.value);
    }
  } catch (error) {
    if (stop.aborted) return { bad: false, text: "You stopped the answer here. The engine has stopped, too." };
    if (error instanceof SyntaxError) return { bad: true, text: "What the engine sent is no answer that can be read." };
    return { bad: true, text: "The connection was lost in the middle of the answer. Ask again to get all of it." };
  }
  return ending(answer);
}

function paper(body, model) {
  const text = h("div", { class: "card-body" }, h("p", { class: "help waits" }, "Waiting for the first word…"));
  const thoughts = h("div", { class: "prose help", dir: "auto" });
  const thinking = h("details", { class: "thoughts", hidden: true }, h("summary", {}, "What the model thought"), thoughts);
  body.append(h("div", { class: "card piece", role: "group", "aria-label": "Answer" },
    h("div", { class: "card-head" }, h("h3", {}, "Answer"), h("span", { class: "help", dir: "auto" }, model)), thinking, text));
  const view = near();
  const never = new AbortController().signal;
  const pen = writer(text, { signal: never, before: view.before, onDrawn: view.after });
  let thought = 0;

  const begin = () => text.querySelector(".waits")?.remove();
  return {
    add(piece) {
      if (piece.text !== "") begin();
      pen.add(piece.text);
      if (piece.thoughts === "" || thought > MOST_THOUGHTS) return;
      thinking.hidden = false;
      thought += piece.thoughts.length;
      thoughts.append(piece.thoughts);
    },
    end(note) {
      begin();
      const whole = pen.end();
      if (whole.trim() === "" && note === null) text.append(h("p", { class: "help" }, "The answer is empty."));
      if (note !== null) text.append(h("p", { class: note.bad ? "notice bad" : "notice" }, sentence(note.text)));
    },
  };
}

function summary(answer, { begun, first }) {
  const whole = (number) => number.toLocaleString("en-GB");
  const took = performance.now() - begun;
  const start = first === null ? "" : `First word after ${span(first - begun)}, `;
  const time = first === null ? `Took ${span(took)}` : `${start}all of it after ${span(took)}`;
  if (answer.usage === null) return `${time}.`;
  const pace = first === null || took - (first - begun) < 200 ? "" : `, ${Math.round(answer.usage.out / ((begun + took - first) / 1000))} a second`;
  return `${time}. ${whole(answer.usage.in)} tokens read, ${whole(answer.usage.out)} written${pace}.`;
}
