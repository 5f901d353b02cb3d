// The view Usage: what one's calls took, and what is left.

import * as api from "../base/api.js";
import { moment, now } from "../base/time.js";
import { h } from "../base/dom.js";
import { every } from "../base/every.js";
import { button, card, empty, field, head, reading, trouble } from "../base/parts.js";
import { capital } from "../base/words.js";
import { person } from "../shell/person.js";
import { note } from "../shell/router.js";
import { gauges } from "./gauges.js";
import { overTime } from "./overtime.js";
import { byModel, slowest, totals } from "./parts.js";
import { edgesOf, SPANS } from "./spans.js";

const QUOTA_MS = 4000;
const MINUTE = 60_000;
const DAY = SPANS.find(({ name }) => name === "day");

export function show(place, { params }, signal) {
  let span = SPANS.find(({ name }) => name === params.span) ?? DAY;
  let stop = new AbortController();
  let told = null;

  const time = h("select", { onchange: () => choose(time.value) }, ...SPANS.map(({ name, words }) => h("option", { value: name }, capital(words))));
  const everyone = h("input", { type: "checkbox", onchange: open });
  everyone.checked = params.everyone === "true";
  const whose = h("label", { class: "check", hidden: !everyone.checked }, everyone, "Everyone's usage");
  person().then(({ scopes }) => { whose.hidden &&= !scopes.includes("metrics:read"); }, () => {});

  const says = h("div", {}, reading());
  const sums = h("div", {});
  const left = h("div", {});
  const chart = overTime(signal);
  const models = byModel();
  const calls = slowest();
  const longer = button("Look at the last 30 days", () => {
    choose("month");
    time.focus();
  });
  const nothing = empty("No calls in this time.",
    "Every call of an engine leaves its tokens, its time and its cost here, those that agents make for you too.",
    h("a", { class: "go", href: "#/ask" }, "Ask something"), longer);
  const filled = h("div", { class: "usage-body" }, chart.element, h("div", { class: "usage-two" }, models.element, calls.element));
  const body = h("div", { class: "usage-body", hidden: true },
    h("div", { class: "usage-two" }, card("In all", sums), card("Left of your quota", left)), nothing, filled);
  place.append(head("Usage", "Tokens, time and cost of the calls to engines.", whose, field("Time", time)), says, body);

  function choose(name) {
    span = SPANS.find((each) => each.name === name);
    open();
  }

  /** Shows what is asked for now, and again from time to time. */
  function open() {
    stop.abort();
    stop = new AbortController();
    time.value = span.name;
    note("usage", null, { span: span === DAY ? "" : span.name, everyone: everyone.checked || null });
    body.setAttribute("aria-busy", "true");
    every(span.again, load, AbortSignal.any([signal, stop.signal]), fail);
  }

  async function load(here) {
    const edges = edgesOf(span, now());
    // To the end of the last bar: clocks differ a little.
    const until = edges.at(-1) + span.bar;
    const found = await api.usage({ since: edges[0], until, step: span.step, everyone: everyone.checked }, here);
    const isEmpty = found.models.length === 0;
    says.replaceChildren(...partly(found));
    body.removeAttribute("aria-busy");
    body.hidden = false;
    nothing.hidden = !isEmpty;
    longer.hidden = span.name === "month";
    filled.hidden = isEmpty;
    sums.replaceChildren(totals(found));
    tell(found.quota);
    if (isEmpty) return;
    chart.draw(found, span, edges);
    models.draw(found);
    calls.draw(found.slowest);
  }

  /** Draws the gauges, if they have changed. */
  function tell(quota) {
    if (JSON.stringify(quota) === told) return;
    told = JSON.stringify(quota);
    left.replaceChildren(gauges(quota));
  }

  /** What is left changes faster than what was spent. */
  async function look(here) {
    if (!body.hidden) tell((await api.usage({ since: now() - MINUTE, step: "minute" }, here)).quota);
  }

  function fail(error) {
    // What was read before is still true while the gateway is away.
    if (error.status === 401 || (error.status === 0 && !body.hidden && !body.hasAttribute("aria-busy"))) return;
    // Said once, not at each try.
    if (body.hidden && says.querySelector("[role=alert]")) return;
    body.hidden = true;
    says.replaceChildren(trouble(error, open));
  }

  open();
  every(QUOTA_MS, look, signal);
}

/** Says where only the newest calls could be read in time. */
const partly = ({ cut, counted_since: since }) =>
  cut ? [h("p", { class: "notice" }, "There are more calls than can be read at once. Only those since ", moment(since, "day"), " are counted here.")] : [];
