// The cards with what was written: documents, artifacts, questions and the answer.

import { memory } from "../base/api.js";
import { h } from "../base/dom.js";
import { explain } from "../base/errors.js";
import { help } from "../base/parts.js";
import { partText, read, textOf } from "../base/result.js";
import { capital, who } from "../base/words.js";
import { piecesOf, written } from "../base/written.js";
import { inOrder } from "./timeline.js";
import { writer } from "./writer.js";

/** Cards drawn, at most. */
const MOST = 100;

/** A card with something that was written. */
export const piece = (name, ...children) =>
  h("div", { class: "card piece" }, h("h3", { dir: "auto" }, name), ...children);

/** A part of what an agent wrote, as it is drawn: data as code, a file by its name. */
function wordsOf(part) {
  if (typeof part?.text === "string") return part.text;
  if (part?.data !== undefined) return `\n\`\`\`json\n${partText(part)}\n\`\`\`\n`;
  const words = [part?.filename, part?.mediaType, part?.url];
  return `A file: ${words.filter((word) => typeof word === "string").join(", ")}`;
}

/** What is said, apart from how it is fenced and spaced. */
const essence = (text) => piecesOf(text).map((piece) => piece.text.trim()).join("\n");

/** What a task and those below it write is shown in `place`; `keep` is told of those that grow. */
export function cards(place, { signal, keep }) {
  /** What is shown, by what it is known by. */
  const shown = new Map();

  /** The card that is known by `key`; none where there are too many. */
  function card(key, name, at) {
    if (shown.has(key) || shown.size >= MOST) return shown.get(key);
    const body = h("div", { class: "pieces" });
    const it = { element: piece(name, body), body, said: "", pen: writer(body), ready: null };
    inOrder(place, it.element, at);
    shown.set(key, it);
    return it;
  }

  /** Whether another card says the same, or has come further: those who hand on an answer repeat it. */
  const isRepeat = (it) => [...shown.values()].some((other) =>
    other !== it && !other.element.hidden && other.said.startsWith(it.said));

  function showDocument({ mem_id: id, title, agent }, task, at) {
    if (!id || shown.has(id)) return;
    const it = card(id, capital(title) || "Note", at);
    if (!it) return;
    it.body.append(help("Reading…"));
    it.ready = memory(id, signal).then(({ text }) => {
      it.said = text ?? "";
      for (const other of shown.values()) other.element.hidden ||= other !== it && other.said === it.said;
      it.body.replaceChildren(written(it.said, { code: (agent ?? task.target) === "coder" }));
    }).catch((error) => it.body.replaceChildren(help(`It was written but cannot be shown. ${explain(error)}`)));
  }

  /** A piece of an artifact; one that does not add to what is there takes its place. */
  function showArtifact({ artifact, append = false }, { task_id: id }, at) {
    if (!Array.isArray(artifact?.parts)) return;
    const { artifactId, name, parts } = artifact;
    const it = card(`${id} ${artifactId}`, capital(String(name || artifactId)), at);
    if (!it) return;
    it.said = (append ? it.said : "") + parts.map(wordsOf).join("");
    it.element.hidden = isRepeat(it);
    keep(it.element);
    it.pen.write(it.said);
  }

  /** What was written of an answer that has come in one piece after all. */
  function forget(key) {
    shown.get(key)?.element.remove();
    shown.delete(key);
  }

  function showQuestion({ seq, at, message }, { task_id: id, target }) {
    card(`${id} asks ${seq}`, `${capital(who(target))} asks`, at)?.body.append(
      written(textOf(message?.parts) || "It did not say what it needs."));
  }

  /** Takes in an event of a task. */
  function take(event, task) {
    const { kind, data, at } = event;
    if (kind === "artifact" && data === null) forget(`${task.task_id} answer`);
    if (kind === "artifact") showArtifact(data ?? {}, task, at);
    if (kind === "document") showDocument(data ?? {}, task, at);
    if (kind.endsWith("-required")) showQuestion(event, task);
  }

  const end = () => { for (const it of shown.values()) it.pen.end(); };

  /** The task `id` is done: shows what was not shown yet. */
  async function finish(id, result) {
    const { artifacts, parts } = read(result);
    for (const artifact of artifacts) {
      if (!shown.has(`${id} ${artifact.artifactId}`)) showArtifact({ artifact }, { task_id: id }, Infinity);
    }
    await Promise.all([...shown.values()].map((it) => it.ready));
    const answer = parts.map(wordsOf).join("\n");
    const all = [...shown.values()];
    const isSame = (it, other) => other !== it && !other.element.hidden && other.said === it.said;
    for (const it of all) it.element.hidden &&= all.some((other) => isSame(it, other));
    const known = all.filter((it) => !it.element.hidden).map((it) => essence(it.said));
    const isEmpty = answer.trim() === "";
    if (signal.aborted || known.includes(essence(answer)) || (isEmpty && known.length > 0)) return;
    const last = piece("Answer", isEmpty ? help("The answer is empty.") : written(answer));
    place.append(last);
    keep(last);
  }

  return { take, finish, end };
}
