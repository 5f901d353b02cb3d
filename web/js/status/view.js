// How the gateway stands: trouble first, then what is on, what waits, and whose keys it has.

import { gateway } from "../base/api.js";
import { h, say } from "../base/dom.js";
import { explain } from "../base/errors.js";
import { every } from "../base/every.js";
import { card, chip, facts, head } from "../base/parts.js";
import { moment } from "../base/time.js";
import { fetched, numbers, summary, troubled, waits } from "./words.js";

const AGAIN_MS = 4000;

export async function show(place, _, signal) {
  const told = h("p", { class: "status-told", role: "status", hidden: true });
  const problem = h("p", { class: "notice bad", role: "alert", hidden: true });
  const body = h("div", { class: "status-all" }, h("p", { class: "help reading" }, "Reading…"));
  place.append(head("Status", "How the gateway stands. Looked at again every few seconds."), told, problem, body);
  const paint = drawn(body, told);
  every(AGAIN_MS, async () => {
    paint(await gateway(signal));
    say(problem, null);
  }, signal, (error) => {
    // A lost connection is told on top of the page; what was seen last stays.
    if (error.status !== 0 && error.status !== 401) say(problem, explain(error));
    body.querySelector(".reading")?.remove();
    if (error.status === 403) body.replaceChildren();
  });
}

/** Redraws a section only when it says something else, so that nothing is taken from under a reader. */
function drawn(body, told) {
  const places = ["warnings", "parts", "backlog", "keys", "about"].map((name) => h("div", { class: `status-${name}` }));
  const before = new Map();
  const put = (place, data, draw) => {
    const now = JSON.stringify(data);
    if (before.get(place) === now) return;
    before.set(place, now);
    place.replaceChildren(...[draw(data)].flat().filter(Boolean));
  };
  return (found) => {
    if (before.size === 0) body.replaceChildren(...places);
    const [warnings, parts, backlog, keys, about] = places;
    say(told, summary(found));
    told.dataset.state = troubled(found) ? "away" : "ok";
    put(warnings, found.warnings ?? [], warningsOf);
    put(parts, found.parts ?? [], partsOf);
    put(backlog, found.backlog ?? {}, backlogOf);
    put(keys, found.keys ?? [], keysOf);
    put(about, { version: found.version, since: found.since }, aboutOf);
  };
}

const warningsOf = (all) => all.map((text) => h("p", { class: "notice" }, text));

function partsOf(all) {
  const on = all.filter((part) => part.state !== "off").sort((a, b) => rank(a) - rank(b));
  const off = all.filter((part) => part.state === "off");
  return [
    card("What is on", list(on)),
    off.length === 0 ? null : card("What is off, and how to turn it on", list(off)),
  ];
}

const rank = (part) => ["away", "degraded", "ok"].indexOf(part.state);

const list = (all) => h("ul", { class: "part-list" }, ...all.map((part) =>
  h("li", { "data-state": part.state },
    h("span", { class: "part-name" }, part.name),
    chip(part.state),
    h("p", { class: "part-why" }, part.why,
      part.setting ? [" ", h("code", {}, part.setting)] : null))));

function backlogOf(backlog) {
  return card("What waits", h("dl", { class: "tallies" }, ...numbers(backlog).map(({ name, value, late }) =>
    h("div", { class: late ? "late" : "" }, h("dt", {}, name), h("dd", {}, value)))),
  h("p", { class: "help" }, waits(backlog)));
}

function keysOf(all) {
  if (all.length === 0) return null;
  return card("Keys of identity providers", h("div", { class: "table", role: "region", tabindex: "0", "aria-label": "Keys of identity providers" },
    h("table", {},
      h("thead", {}, h("tr", {}, ...["Provider", "State", "Keys", "Fetched"].map((word) => h("th", { scope: "col" }, word)))),
      h("tbody", {}, ...all.map((one) => h("tr", {},
        h("td", { class: "foreign", dir: "auto" }, one.issuer),
        h("td", {}, chip(one.state === "fresh" ? "ok" : one.state === "stale" ? "degraded" : "away", one.state)),
        h("td", {}, String(one.count)),
        h("td", {}, fetched(one.age_ms))))))));
}

const aboutOf = ({ version, since }) =>
  card("This gateway", facts([["Version", version], ["Runs since", since ? moment(since, "day") : null]]));
