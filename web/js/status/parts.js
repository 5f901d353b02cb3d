// The parts of the gateway, on and off, in trouble first.

import { h } from "../base/dom.js";
import { card, chip } from "../base/parts.js";
import { said } from "./words.js";

const RANKS = ["away", "degraded", "ok"];
const rank = (part) => RANKS.indexOf(part.state);

/** `set(parts)` draws anew only those that changed: who reads or copies is not disturbed. */
export function partsPlace() {
  const element = h("div", { class: "status-parts" });
  let order = "";
  let rows = new Map();

  function set(all) {
    const on = all.filter((part) => part.state !== "off").sort((a, b) => rank(a) - rank(b));
    const off = all.filter((part) => part.state === "off");
    const now = JSON.stringify([on, off].map((parts) => parts.map(({ name }) => name)));
    if (now === order) return update(all);
    order = now;
    rows = new Map(all.map((part) => [part.name, made(part)]));
    const list = (parts) => h("ul", { class: "part-list" }, ...parts.map(({ name }) => rows.get(name).row));
    element.replaceChildren(card("What is on", list(on)),
      off.length === 0 ? "" : card("What is off, and how to turn it on", list(off)));
  }

  function update(all) {
    for (const part of all) {
      const { row, text } = rows.get(part.name);
      if (text === JSON.stringify(part)) continue;
      rows.set(part.name, made(part));
      row.replaceWith(rows.get(part.name).row);
    }
  }

  return { element, set };
}

const made = (part) => ({ text: JSON.stringify(part), row: row(part) });

function row({ name, state, why, setting }) {
  return h("li", {},
    h("span", { class: "part-name" }, name),
    chip(state),
    h("p", { class: "part-why" }, said(why), setting && !why?.includes(setting) ? [" ", h("code", {}, setting)] : null));
}
