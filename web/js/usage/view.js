// The view Usage: what one's calls took, and what is left.

import * as api from "../base/api.js";
import { h } from "../base/dom.js";
import { live } from "../base/every.js";
import { card, chip, empty, field, head, help, reading } from "../base/parts.js";
import { moment, now } from "../base/time.js";
import { span } from "../base/took.js";
import { whole } from "../base/words.js";
import { href, note } from "../shell/router.js";
import { named, overTime } from "./chart.js";
import { amount, price, table } from "./numbers.js";
import { gauges } from "./quota.js";
import { edgesOf, SPANS } from "./spans.js";
import { isNamed, sum } from "./sums.js";

const AGAIN_MS = 10_000;
const USUAL = "day";

export function show(place, { params }, signal) {
  const options = SPANS.map(({ name, words }) => h("option", { value: name }, words));
  const time = h("select", { onchange: choose }, ...options);
  time.value = params.span ?? USUAL;
  if (time.selectedIndex < 0) time.value = USUAL;
  const everyone = h("input", { type: "checkbox", checked: params.everyone === "true", onchange: choose });
  const whose = h("label", { class: "check", hidden: !everyone.checked }, everyone, "Everyone's usage");
  api.me(signal).then(({ scopes }) => { whose.hidden &&= !scopes.includes("metrics:read"); }, () => {});
  const body = h("div", { class: "stack" }, reading());
  place.append(head("Usage", "Tokens, time and cost of the calls to engines.", whose, field("Time", time)), body);

  async function read() {
    const chosen = SPANS[time.selectedIndex];
    const edges = edgesOf(chosen, now());
    const wanted = { since: edges[0], step: chosen.step, everyone: everyone.checked };
    return { ...await api.usage(wanted, signal), chosen, edges };
  }

  const details = { open: false, ontoggle: ({ target }) => { details.open = target.open; } };
  const again = live(body, AGAIN_MS, read, (found) => drawn(found, details), signal);

  function choose() {
    note("usage", null, { span: time.value === USUAL ? "" : time.value, everyone: everyone.checked });
    again();
  }
}

const drawn = (found, details) => [
  found.cut && h("p", { class: "notice" }, "There are more calls than can be read at once. Only those since ",
    moment(found.counted_since, "day"), " are counted here."),
  h("div", { class: "usage-two" }, card("In all", totals(found)), card("Left of your quota", gauges(found.quota))),
  ...(found.models.length === 0 ? [nothing()] : [overTime(found, details), slowest(found.slowest)]),
];

const nothing = () => empty("No calls in this time.",
  "Every call of an engine leaves its tokens, its time and its cost here, those that agents make for you too.",
  h("a", { class: "go", href: "#/ask" }, "Ask something"));

/** What the span comes to, in large figures. */
function totals({ models, cost, priced }) {
  const all = sum(models);
  const isPart = models.some((row) => isNamed(row) && (row.cost ?? null) === null);
  return h("dl", { class: "usage-totals" },
    figure("Tokens", amount(all.in + all.out), amount(all.in), " in, ", amount(all.out), " out"),
    figure("Calls", amount(all.calls)),
    !priced && figure("Cost", "–", "No prices are set: see ", h("code", {}, "[[price]]"), " in the README"),
    ...cost.map((one) => figure("Cost", price(one.amount, one.currency), isPart && "models without a price are left out")));
}

const figure = (name, value, ...more) =>
  h("div", {}, h("dt", {}, name), h("dd", {}, h("p", { class: "usage-figure" }, value), help(...more)));

const SLOW = ["Model", "Took", "Tokens in", "Out", "Ended", "When", "Task"];

const slowest = (calls) => card("Slowest calls", table("Table of slow calls", SLOW, calls.map((call) => {
  const took = span(call.duration_ms);
  const open = { href: href("tasks", call.task_id), "aria-label": `Open the task of the call that took ${took}` };
  return [
    named(call.model),
    h("data", { value: call.duration_ms, title: `${whole(call.duration_ms)} ms` }, took),
    amount(call.tokens_in), amount(call.tokens_out), chip(call.outcome), moment(call.at),
    call.task_id ? h("a", open, "Open") : "–",
  ];
})));
