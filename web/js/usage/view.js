// The view Usage: what one's calls took, and what is left.

import * as api from "../base/api.js";
import { now } from "../base/clock.js";
import { h } from "../base/dom.js";
import { every } from "../base/every.js";
import { card, head, trouble } from "../base/parts.js";
import { person } from "../shell/person.js";
import { note } from "../shell/router.js";
import { chooser } from "./choose.js";
import { first } from "./first.js";
import { gauges } from "./gauges.js";
import { modelTable } from "./models.js";
import { overTime } from "./overtime.js";
import { redraw } from "./redraw.js";
import { slowest } from "./slowest.js";
import { cutSpan, spanNamed } from "./spans.js";
import { totals } from "./totals.js";

const QUOTA_MS = 4000;
const MINUTE = 60_000;

export async function show(place, { params }, signal) {
  const asked = start(params);
  const page = parts(place, asked, signal);
  person().then(({ scopes }) => page.offer(scopes.includes("metrics:read")), () => {});
  page.open();
  every(QUOTA_MS, page.look, signal);
}

function start({ span, everyone }) {
  const until = Math.ceil(now() / MINUTE) * MINUTE;
  return { span: spanNamed(span)?.name ?? "day", everyone: everyone === "true", since: until - 24 * 60 * MINUTE, until };
}

/** From when to when, in milliseconds. */
function rangeOf(asked) {
  const span = spanNamed(asked.span);
  return span === null ? [asked.since, asked.until] : [now() - span.length, now()];
}

function parts(place, asked, signal) {
  const choose = chooser(asked, open);
  const says = h("div", {}, h("p", { class: "help" }, "Reading…"));
  const sums = h("div", {});
  const left = h("div", {});
  const chart = overTime(signal);
  const models = h("div", {});
  const calls = h("div", {});
  const inAll = card("In all", sums);
  const quota = card("Left of your quota", left);
  const tables = h("div", { class: "usage-two" }, card("By model", models), card("Slowest calls", calls));
  const filled = [inAll, chart.element, tables];
  const nothing = h("div", { hidden: true });
  const body = h("div", { class: "usage-body", hidden: true }, h("div", { class: "usage-top" }, inAll, quota), nothing, chart.element, tables);
  place.append(head("Usage", "Tokens, time and cost of the calls to engines.", choose.element), says, body);
  let stop = new AbortController();
  let isAll = false;
  let quotaTold = "";

  /** Shows what is asked for now, and again from time to time. */
  function open() {
    stop.abort();
    stop = new AbortController();
    const here = AbortSignal.any([signal, stop.signal]);
    const span = spanNamed(asked.span);
    note("usage", null, { span: span?.name === "day" ? "" : span?.name, everyone: asked.everyone || null });
    body.setAttribute("aria-busy", "true");
    every(span?.again ?? MINUTE, load, here, fail);
  }

  async function load(here) {
    const [since, until] = rangeOf(asked);
    const cut = cutSpan(since, until, asked.everyone);
    // A span that ends now is asked for to the end of its last bar: clocks differ a little.
    const exact = spanNamed(asked.span) === null ? [since, until] : [cut.edges[0], cut.end];
    const found = await api.usage({ since: exact[0], until: exact[1], step: cut.step, everyone: asked.everyone }, here);
    if (here.aborted) return;
    says.hidden = true;
    body.removeAttribute("aria-busy");
    body.hidden = false;
    draw(found, cut);
  }

  function draw(found, cut) {
    const isEmpty = found.models.length === 0;
    for (const each of filled) each.hidden = isEmpty;
    nothing.hidden = !isEmpty;
    redraw(sums, totals(found));
    tell(found.quota);
    if (isEmpty) return invite();
    nothing.replaceChildren();
    chart.draw(found, cut, longName());
    drawModels(found);
    redraw(calls, slowest(found.slowest ?? []));
  }

  const longName = () => spanNamed(asked.span)?.long ?? "this time";

  async function invite() {
    const { span } = asked;
    if (nothing.dataset.span === span && nothing.firstChild) return;
    nothing.dataset.span = span;
    const found = await api.models(signal).catch(() => []);
    if (signal.aborted || asked.span !== span) return;
    nothing.replaceChildren(first(longName(), found[0]?.id ?? "any", span === "month" ? null : () => choose.set("month")));
  }

  function drawModels(found) {
    redraw(models, modelTable(found, isAll, () => {
      isAll = !isAll;
      drawModels(found);
    }));
  }

  /** Draws the gauges, if they have changed. */
  function tell(found) {
    const told = JSON.stringify(found ?? null);
    if (told === quotaTold) return;
    quotaTold = told;
    redraw(left, gauges(found));
  }

  /** What is left changes faster than what was spent. */
  async function look(here) {
    if (body.hidden) return;
    tell((await api.usage({ since: now() - MINUTE, step: "minute" }, here)).quota);
  }

  function fail(error) {
    if (error.status === 401) return;
    // What was read before is still true while the gateway is away.
    if (error.status === 0 && !body.hidden && !body.hasAttribute("aria-busy")) return;
    body.hidden = true;
    body.removeAttribute("aria-busy");
    says.hidden = false;
    says.replaceChildren(trouble(error, open));
  }

  return { open, look, offer: choose.offer };
}
