// The cards with what was written: documents, artifacts and the answer.

import { memory } from "../base/api.js";
import { h, say } from "../base/dom.js";
import { explain } from "../base/errors.js";
import { cut } from "../base/fences.js";
import { capital } from "../base/words.js";
import { written } from "../base/written.js";
import { nameOf } from "./names.js";
import { pretty, read } from "./result.js";
import { writer } from "./writer.js";

/** Cards drawn, at most. */
const MOST = 100;
const ROLES = { planner: "Plan", coder: "Code" };

export function cards(place, signal) {
  /** Texts that are shown, as promises: of memories by id, of artifacts by task and id. */
  const memories = new Map();
  const artifacts = new Map();

  function card(name, about = "") {
    const body = h("div", { class: "card-body" });
    const more = h("span", { class: "help", dir: "auto" });
    const element = h("div", { class: "card piece", role: "group", "aria-label": name },
      h("div", { class: "card-head" }, h("h3", { dir: "auto" }, name), more), body);
    const entitle = (text) => say(more, shortTitle(name, text));
    entitle(about);
    if (place.childElementCount < MOST) place.append(element);
    return { element, body, entitle };
  }

  function showMemory(id, { title = "", role = null } = {}) {
    if (memories.has(id)) return;
    const { element, body, entitle } = card(role ?? "Note", title);
    const waiting = h("p", { class: "help" }, "Reading…");
    body.append(waiting);
    const text = memory(id, signal).then((found) => {
      entitle(title || found.title || "");
      body.replaceChildren(written(found.text ?? "", { code: role === "Code" }));
      return found.text ?? "";
    }).catch((error) => {
      if (signal.aborted) element.remove();
      else waiting.textContent = `It was written but cannot be shown. ${explain(error)}`;
      return "";
    });
    memories.set(id, text);
  }

  /** A piece of an artifact; one that does not add to what is there takes its place. */
  function addArtifact({ task, target, data }) {
    const { artifact, append = false } = data;
    if (!artifact?.artifactId) return;
    const key = `${task} ${artifact.artifactId}`;
    if (!append && artifacts.has(key)) artifacts.get(key).clear();
    if (!artifacts.has(key)) artifacts.set(key, artifactCard(artifact, target));
    artifacts.get(key).add(artifact.parts);
  }

  function artifactCard(artifact, target) {
    const { body } = card(capital(artifact.name || artifact.artifactId), target === null ? "" : `from ${nameOf(target)}`);
    return filled(body, signal);
  }

  function showAnswer(run, result) {
    const { body } = card("Answer", result.model);
    if (result.text.trim() !== "") body.append(written(result.text));
    else if (result.json !== undefined) body.append(written(pretty(result.json), { code: true, lang: "json" }));
    else body.append(h("p", { class: "help" }, "The answer is empty."));
  }

  return {
    wrote({ data, target }) {
      const agent = data.agent ?? target;
      if (data.mem_id) showMemory(data.mem_id, { title: data.title ?? "", role: ROLES[agent] });
    },
    addArtifact,

    /** The request is done: shows what was not shown yet. */
    async finish(run) {
      const result = read(run.result);
      if (result.plan) showMemory(result.plan, { role: "Plan" });
      if (result.code) showMemory(result.code, { role: "Code" });
      for (const artifact of result.pieces) {
        if (!artifacts.has(`${run.id} ${artifact.artifactId}`)) addArtifact({ task: run.id, target: null, data: { artifact } });
      }
      const told = [...artifacts.values()].map((each) => each.end());
      const texts = [...(await Promise.all(memories.values())), ...told].map(essence);
      if (signal.aborted) return;
      const bare = result.json === undefined ? essence(result.text) : null;
      if (bare === "" && texts.some((text) => text !== "")) return;
      if (bare !== null && texts.includes(bare)) return;
      if (told.some((text) => text !== "") && result.json !== undefined && told.includes(pretty(result.json))) return;
      showAnswer(run, result);
    },

    /** It ended without an answer. */
    fail(heading, text, { calm = false, action = null } = {}) {
      for (const each of artifacts.values()) each.end();
      const { element, body } = card(heading);
      element.classList.toggle("bad", !calm);
      body.append(h("p", { class: "prose", dir: "auto" }, text));
      if (action) body.append(action);
    },
  };
}

/** Fills a card with the parts of an artifact as they come. */
function filled(body, signal) {
  let text = null;
  let said = [];
  const begin = () => (text ??= writer(body, { signal }));
  const stop = () => {
    if (text !== null) said.push(text.end());
    text = null;
  };
  return {
    add(parts) {
      for (const part of Array.isArray(parts) ? parts : []) {
        if (typeof part?.text === "string") begin().add(part.text);
        else {
          stop();
          said.push(other(body, part));
        }
      }
    },
    clear() {
      stop();
      said = [];
      body.replaceChildren();
    },
    end() {
      stop();
      return said.join("");
    },
  };
}

/** A part that is no text: data as JSON, a file by its name. */
function other(body, part) {
  if (part?.data !== undefined) {
    const text = pretty(part.data);
    body.append(written(text, { code: true, lang: "json" }));
    return text;
  }
  const what = [part?.filename, part?.mediaType, part?.url].filter((word) => typeof word === "string" && word !== "");
  body.append(h("p", { class: "prose", dir: "auto" }, `A file: ${what.join(", ") || "without a name"}`));
  return "";
}

/** The title without the word that already heads the card, as in `Plan: sort a list`. */
function shortTitle(name, title) {
  const start = `${name}:`;
  const rest = title?.toLowerCase().startsWith(start.toLowerCase()) ? title.slice(start.length).trim() : title ?? "";
  return rest === name ? "" : rest;
}

/** What is said, apart from how it is fenced and spaced. */
const essence = (text) => cut(text).map((piece) => piece.text.trim()).join("\n");
