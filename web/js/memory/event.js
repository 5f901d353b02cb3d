// What an event of memory says: its kind, its title, its text.

import { spoken } from "../base/result.js";
import { cut } from "../base/words.js";

export const KINDS = new Map([
  ["prompt", "Prompt"], ["response", "Answer"], ["task_sent", "Task sent"], ["task_result", "Task result"],
  ["document", "Document"], ["log", "Log line"],
]);

const TITLE = 100;
/** JSON longer than this is shown as it came, and a list looks at no more of a text. */
const MOST = 300_000;
/** A line that opens or closes a block of code. */
const FENCE = /^ {0,3}(?:`{3,}|~{3,})[^\n`]*$/gm;
/** What all prompts of an agent begin with. */
const ORDERS = /^(?:system|developer): .*\n/;

export const kindName = ({ event }) => KINDS.get(event) ?? String(event || "Event");

/** When it happened, in milliseconds, or null. */
export function whenOf({ timestamp }) {
  const at = typeof timestamp === "number" ? timestamp * 1000 : Date.parse(timestamp);
  return Number.isNaN(at) ? null : at;
}

/** Its text; of JSON what a person said or got in it. Events that others wrote have it under names of their own. */
export function saidBy({ text, payload, result, message }) {
  const kept = text || payload || result || message || "";
  const written = typeof kept === "string" ? kept : JSON.stringify(kept);
  return written.length <= MOST && /^\s*[[{]/.test(written) ? saidIn(written) : written;
}

function saidIn(text) {
  try {
    const json = JSON.parse(text);
    return spoken(Array.isArray(json.messages) ? { message: json.messages.at(-1) } : json.detail ?? json);
  } catch {
    return text;
  }
}

/** The title, else how it begins, and the rest of it, or all of it where the title is cut. */
export function brief(event) {
  const text = saidBy(event).slice(0, MOST).replace(FENCE, "");
  const said = (event.event === "prompt" ? text.replace(ORDERS, "") : text).trimStart();
  const title = String(event.title ?? "").trim();
  if (title) return { title: cut(title, TITLE), rest: said };
  const [line] = said.split("\n", 1);
  const rest = line.length > TITLE ? said : said.slice(line.length).trimStart();
  return { title: cut(line, TITLE) || `${kindName(event)} without words`, rest };
}
