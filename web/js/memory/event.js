// What an event of memory says: its name, its gist, its text, and all else that it holds.

const NAMES = {
  prompt: "Prompt",
  response: "Answer",
  task_sent: "Task sent",
  task_result: "Task result",
  document: "Document",
  log: "Log line",
};
export const KINDS = Object.entries(NAMES);

/** Fields that have a place of their own, or say nothing to people. */
const PLACED = new Set(["_additional", "id", "event", "title", "text", "payload", "result", "message",
  "timestamp", "agent", "task_id", "parent_task_id", "session_id", "user", "issuer", "model", "target",
  "tokens", "outcome", "state", "level", "run_id", "request_id", "role", "dropped", "metadata"]);
const LINE = 160;
const GIST = 400;
/** JSON longer than this is shown as it came: to read and write it again would stop the page. */
const JSON_MOST = 300_000;

const isText = (value) => typeof value === "string" && value.trim() !== "";
const words = (value) => (isText(value) ? value : null);

/** `Document`, `Log line`; a kind that is not known by its own name. */
export const kindName = (event) => NAMES[event.event] ?? words(event.event) ?? "Event";

/** When it happened, in milliseconds, or null. */
export function whenOf(event) {
  const at = typeof event.timestamp === "number" ? event.timestamp * 1000 : Date.parse(event.timestamp ?? "");
  return Number.isNaN(at) ? null : at;
}

/** What was written, as it came. */
export function textOf(event) {
  for (const name of ["text", "payload", "result", "message"]) {
    if (isText(event[name])) return event[name];
    if (event[name] !== null && typeof event[name] === "object") return JSON.stringify(event[name]);
  }
  return "";
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
  const answer = json?.choices?.[0]?.message?.content ?? json?.message?.content;
  const asked = Array.isArray(json?.messages) ? json.messages.at(-1)?.content : null;
  const found = [answer, asked, json?.text, json?.message, json?.content, json?.prompt, json?.error, json?.detail].find((one) =>
    isText(one) || Array.isArray(one));
  return Array.isArray(found) ? partsOf(found) : words(found);
}

const partsOf = (parts) =>
  words(parts.map((part) => (typeof part === "string" ? part : part?.text)).filter(isText).join("\n"));

/** What people said or got in it: of a prompt without the orders that all calls of an agent begin with. */
function saidBy(event) {
  const text = textOf(event);
  const said = saidIn(jsonOf(text)) ?? text;
  const rest = event.event === "prompt" && /^(?:system|developer): /.test(said) ? said.indexOf("\n") : -1;
  return rest === -1 ? said : said.slice(rest + 1);
}

/** What it says in a few words, for a list. */
export const gist = (event) => short(unfenced(saidBy(event).slice(0, GIST * 4)), GIST);

/** The gist without the title that it begins with. */
export function rest(title, gist) {
  const start = title.replace(/…$/, "");
  return start !== "" && gist.startsWith(start) ? gist.slice(start.length).trim() : gist;
}

/** A fence is no word. */
const unfenced = (text) => text.replace(/^ {0,3}(?:`{3,}|~{3,})[^\n`]*$/gm, "");

/** Its name in a list: the title, else how it begins. */
export function titleOf(event) {
  const own = words(event.title);
  if (own) return short(own, LINE);
  return short(unfenced(saidBy(event).slice(0, LINE * 8)).trimStart().split("\n", 1)[0], LINE) || `${kindName(event)} without words`;
}

function short(text, most) {
  const line = text.replace(/\s+/g, " ").trim();
  if (line.length <= most) return line;
  // A pair of code units is one character, and stays whole.
  return `${line.slice(0, most).replace(/[\ud800-\udbff]$/, "")}…`;
}

/** The documents that the result of a task names: `[{ name, id }]`. */
export function cited(json) {
  const named = json?.attach;
  if (named === null || typeof named !== "object") return [];
  const reused = Array.isArray(named.reused) ? named.reused : [];
  const all = [["the plan", named.plan_id], ["the code", named.code_id], ...reused.map((id) => ["used again", id])];
  return all.filter(([, id]) => isText(id)).map(([name, id]) => ({ name, id }));
}

/** What nothing else on the page shows: `[[name, text], …]`. */
export function others(event) {
  return Object.entries(event)
    .filter(([name, value]) => !PLACED.has(name) && value !== null && value !== undefined)
    .map(([name, value]) => [name, plain(value)]);
}

/** Any value as people read it: words as they are, all else as JSON. */
export const plain = (value) => (typeof value === "string" ? value : JSON.stringify(value, null, 2) ?? "");
