// What an event of memory says: its kind, its title, its text.

import { who } from "../base/words.js";

const NAMES = new Map([
  ["prompt", "Prompt"], ["response", "Answer"], ["task_sent", "Task sent"], ["task_result", "Task result"],
  ["document", "Document"], ["log", "Log line"],
]);
export const KINDS = [...NAMES];

const TITLE = 160;
/** A list looks at no more of a text than these. */
const MOST = 100_000;
/** JSON longer than this is shown as it came: to read and write it again would stop the page. */
const JSON_MOST = 300_000;
/** A line that opens or closes a block of code. */
const FENCE = /^ {0,3}(?:`{3,}|~{3,})[^\n`]*$/gm;

const words = (value) => (typeof value === "string" && value.trim() !== "" ? value : null);

/** `Document`, `Log line`; a kind that is not known by its own name. */
export const kindName = ({ event }) => NAMES.get(event) ?? words(event) ?? "Event";

/** Whom a task was for. */
export const targetOf = ({ target }) => who(String(target || "chat"));

/** When it happened, in milliseconds, or null. */
export function whenOf({ timestamp }) {
  const at = typeof timestamp === "number" ? timestamp * 1000 : Date.parse(timestamp ?? "");
  return Number.isNaN(at) ? null : at;
}

/** What was written, as it came. Events that others wrote have it under names of their own. */
export function writtenIn({ text, payload, result, message }) {
  const found = [text, payload, result, message].find((one) => words(one) ?? (typeof one === "object" && one)) ?? "";
  return typeof found === "string" ? found : JSON.stringify(found);
}

/** The text as JSON, if it is an object or a list of it and not too long to be read here. */
export function jsonOf(text) {
  if (text.length > JSON_MOST || !/^\s*[[{]/.test(text)) return null;
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

/** What a person said or got in the JSON of a task or a call; null where nobody did. */
export function saidIn(json) {
  const asked = Array.isArray(json?.messages) ? json.messages.at(-1)?.content : null;
  const places = [json?.choices?.[0]?.message?.content, json?.message?.content, asked,
    json?.text, json?.message, json?.content, json?.prompt, json?.error, json?.detail];
  return places.map(inWords).find((text) => text !== null) ?? null;
}

/** A content is a text, or a list of parts some of which are. */
const inWords = (content) =>
  words(Array.isArray(content) ? content.map((part) => part?.text ?? part).filter(words).join("\n") : content);

/** The title, else how it begins, and the rest of it. */
export function brief(event) {
  const said = saidBy(event).slice(0, MOST).replace(FENCE, "").trimStart();
  const line = said.split("\n", 1)[0];
  const title = words(event.title);
  return {
    title: short(title ?? line) || `${kindName(event)} without words`,
    rest: title ? said : said.slice(Math.min(line.length, TITLE)).trimStart(),
  };
}

/** What it says to people; a prompt without the orders that all calls of an agent begin with. */
function saidBy(event) {
  const text = writtenIn(event);
  const said = saidIn(jsonOf(text)) ?? text;
  return event.event === "prompt" ? said.replace(/^(?:system|developer): .*\n/, "") : said;
}

function short(text) {
  const line = text.replace(/\s+/g, " ").trim();
  if (line.length <= TITLE) return line;
  // A pair of code units is one character, and stays whole.
  return `${line.slice(0, TITLE).replace(/[\ud800-\udbff]$/, "")}…`;
}
