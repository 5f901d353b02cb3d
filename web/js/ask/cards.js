// The cards with what was written: documents, artifacts and the answer.

import { memory } from "../base/api.js";
import { h } from "../base/dom.js";
import { explain } from "../base/errors.js";
import { help } from "../base/parts.js";
import { partText, read } from "../base/result.js";
import { capital } from "../base/words.js";
import { piecesOf, written } from "../base/written.js";
import { inOrder } from "./timeline.js";
import { writer } from "./writer.js";

/** Cards drawn, at most. */
const MOST = 100;

/** A card with something that was written. */
export const piece = (name, ...children) =>
  h("div", { class: "card piece", role: "group", "aria-label": name }, h("h3", { dir: "auto" }, name), ...children);


/** A part of what an agent wrote; a file by its name. */
function partBlock(part) {
  if (typeof part?.text === "string") return written(part.text);
  if (part?.data !== undefined) return written(partText(part), { code: true, lang: "json" });
  const words = [part?.filename, part?.mediaType, part?.url].filter((word) => typeof word === "string");
  return h("p", { class: "prose", dir: "auto" }, `A file: ${words.join(", ")}`);
}

/** What the task `id` and those below it write is shown in `place`. */
export function cards(place, id, signal) {
  /** What is shown, by what it is known by. */
  const shown = new Map();

  function card(key, name, at = Infinity) {
    const it = { body: h("div", { class: "pieces" }), said: "", pen: null, ready: null };
    if (shown.size < MOST) inOrder(place, piece(name, it.body), at);
    shown.set(key, it);
    return it;
  }

  function showDocument({ mem_id: key, title, agent }, target, at) {
    if (!key || shown.has(key) || shown.size >= MOST) return;
    const it = card(key, capital(title) || "Note", at);
    it.body.append(help("Reading…"));
    it.ready = memory(key, signal).then(({ text }) => {
      it.said = text ?? "";
      it.body.replaceChildren(written(it.said, { code: (agent ?? target) === "coder" }));
    }).catch((error) => it.body.replaceChildren(help(`It was written but cannot be shown. ${explain(error)}`)));
  }

  /** A piece of an artifact; one that does not add to what is there takes its place. */
  function showArtifact({ artifact, append = false }, task, at) {
    if (!Array.isArray(artifact?.parts)) return;
    const key = `${task} ${artifact.artifactId}`;
    const it = shown.get(key) ?? card(key, capital(String(artifact.name || artifact.artifactId || "A piece")), at);
    if (!append) {
      lift(it);
      it.said = "";
      it.body.replaceChildren();
    }
    for (const part of artifact.parts) add(it, part);
  }

  function add(it, part) {
    it.said += partText(part);
    if (typeof part?.text === "string") {
      it.pen ??= writer(it.body);
      it.pen.add(part.text);
    } else {
      lift(it);
      it.body.append(partBlock(part));
    }
  }

  function lift(it) {
    it.pen?.end();
    it.pen = null;
  }

  /** Takes in an event of a task. */
  function take({ kind, data, at }, task) {
    if (kind === "document") showDocument(data ?? {}, task.target, at);
    if (kind === "artifact") showArtifact(data ?? {}, task.task_id, at);
  }

  /** The request is done: shows what was not shown yet. */
  async function finish(result) {
    const { artifacts, parts } = read(result);
    for (const artifact of artifacts) if (!shown.has(`${id} ${artifact.artifactId}`)) showArtifact({ artifact }, id);
    for (const it of shown.values()) lift(it);
    await Promise.all([...shown.values()].map((it) => it.ready));
    const answer = essence(parts.map(partText).join("\n"));
    const known = [...shown.values()].map((it) => essence(it.said));
    const isEmpty = answer === "" && parts.every((part) => typeof part?.text === "string");
    if (signal.aborted || known.includes(answer) || (isEmpty && known.length > 0)) return;
    card("answer", "Answer").body.append(...(isEmpty ? [help("The answer is empty.")] : parts.map(partBlock)));
  }

  /** It ended without an answer. */
  function fail(name, text, action = null) {
    for (const it of shown.values()) lift(it);
    place.append(piece(name, h("p", { class: "prose", dir: "auto" }, text), action));
  }

  return { take, finish, fail };
}

/** What is said, apart from how it is fenced and spaced. */
const essence = (text) => piecesOf(text).map((piece) => piece.text.trim()).join("\n");
