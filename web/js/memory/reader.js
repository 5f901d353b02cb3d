// One event, to be read: what it says and where it came from.

import { agentName } from "../base/words.js";
import { codeBlock, written } from "../base/written.js";
import { facts } from "../base/parts.js";
import { h } from "../base/dom.js";
import { exact, moment } from "../base/time.js";
import { href } from "../shell/router.js";
import { cited, jsonOf, kindName, others, plain, saidIn, textOf, titleOf, whenOf } from "./event.js";

/** The head of what is read; `title` has the focus when one comes here. */
export const heading = (event) =>
  h("div", { class: "memory-head" },
    h("p", { class: "row" }, h("span", { class: "chip" }, kindName(event)), stamp(event)),
    h("h2", { tabindex: "-1", dir: "auto" }, titleOf(event)));

function stamp(event) {
  const at = whenOf(event);
  return at === null ? null : h("span", { class: "help" }, moment(at, "day"));
}

/** `narrow(filter)` shows the list of what belongs to the same task or session. */
export function body(event, narrow) {
  const text = textOf(event);
  const json = jsonOf(text);
  return [
    text === "" ? h("p", { class: "help" }, missing(event)) : told(event, text, json),
    event.dropped ? h("p", { class: "notice" }, `Not all of it was kept: ${plain(event.dropped)}.`) : null,
    citations(json),
    section("Where it came from", origin(event, narrow)),
    extra(event),
  ];
}

const missing = (event) => (event.dropped ? `The text was not kept: ${plain(event.dropped)}.` : "It has no text.");

function told(event, text, json) {
  if (json === null) return written(text, { code: isCode(event, text) });
  const said = saidIn(json);
  const whole = codeBlock({ lang: "json", text: JSON.stringify(json, null, 2) });
  if (said === null) return whole;
  return h("div", { class: "pieces" }, written(said), h("details", {}, h("summary", {}, "All of it, as JSON"), whole));
}

/** What the coder wrote without a fence is code all the same. */
const isCode = (event, text) => event.event === "document" && /^code\b/i.test(event.title ?? "") && !text.includes("```");

function citations(json) {
  const named = cited(json);
  if (named.length === 0) return null;
  return section("Written for it", h("ul", { class: "memory-links" }, ...named.map(({ name, id }) =>
    h("li", {}, h("a", { href: href("memory", id) }, `Read ${name === "used again" ? "what was used again" : name}`)))));
}

const section = (title, ...children) => h("section", {}, h("h3", {}, title), ...children);

function origin(event, narrow) {
  const at = whenOf(event);
  return facts([
    ["Agent", bdi(event.agent)],
    ["For", event.event?.startsWith?.("task") ? bdi(agentName(event.target)) : null],
    ["Model", bdi(event.model)],
    ["Task", taskLink(event.task_id, () => narrow({ task: event.task_id }))],
    ["Handed on by", taskLink(event.parent_task_id)],
    ["Session", event.session_id ? whole(h("bdi", {}, plain(event.session_id)), "Show this session", () => narrow({ session: event.session_id })) : null],
    ["Run", bdi(event.run_id)],
    ["When", at === null ? null : h("span", {}, exact(at), " (", moment(at), ")")],
    ["Tokens", typeof event.tokens === "number" ? event.tokens.toLocaleString("en-GB") : null],
    ["Ended", bdi(event.outcome ?? event.state)],
    ["Level", bdi(event.level)],
    ["Role", bdi(event.role)],
    ["Person", person(event)],
    ["Request", bdi(event.request_id)],
    ["Event id", bdi(event.id)],
  ]);
}

const bdi = (value) => (value === null || value === undefined || value === "" ? null : h("bdi", {}, plain(value)));

const person = ({ user, issuer }) => (user ? bdi(issuer ? `${plain(user)}, of ${plain(issuer)}` : user) : null);

function taskLink(task, only = null) {
  if (typeof task !== "string" || task === "") return null;
  return whole(h("a", { href: href("tasks", task) }, task), "Show this task's events", only);
}

const whole = (element, words, only) => h("span", { class: "memory-fact" }, element,
  only && h("button", { type: "button", class: "quiet small", onclick: only }, words));

function extra(event) {
  const more = [...others(event), ...pairs(event.metadata)];
  if (more.length === 0) return null;
  return section("Also in it", facts(more.slice(0, 100).map(([name, text]) => [h("bdi", {}, name.slice(0, 200)), value(text)])));
}

/** The members of an object; any other value by one name. */
function pairs(metadata) {
  if (metadata === null || metadata === undefined) return [];
  if (typeof metadata !== "object" || Array.isArray(metadata)) return [["metadata", plain(metadata)]];
  return Object.entries(metadata).map(([name, member]) => [name, plain(member)]);
}

function value(text) {
  if (text.length < 200 && !text.includes("\n")) return h("bdi", {}, text);
  return written(text, { code: true });
}
