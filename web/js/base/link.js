// Whether the gateway answers: says so when it does not, and tells the views when it is back.

import { byId, say } from "./dom.js";

const FIRST_WAIT_MS = 500;
const LONGEST_WAIT_MS = 8000;
const LOST = "The connection to the gateway was lost. What was running goes on there; this page tries to get back.";

const waiting = new Set();
let tries = 0;
let timer = null;

/** Some request was answered (`true`), or none came through (`false`). */
export function heard(answered) {
  if (answered) back();
  else lost();
}

/** Has `listener` called each time the gateway is back, until `signal` is aborted. */
export function onBack(listener, signal) {
  waiting.add(listener);
  signal.addEventListener("abort", () => waiting.delete(listener));
}

function lost() {
  if (timer !== null) return;
  say(byId("link"), LOST);
  ask();
}

function ask() {
  const wait = Math.min(LONGEST_WAIT_MS, FIRST_WAIT_MS * 2 ** tries) * (0.75 + Math.random() * 0.5);
  tries += 1;
  timer = setTimeout(async () => {
    const up = await fetch("/healthz", { cache: "no-store" }).then((answer) => answer.ok, () => false);
    if (timer === null) return;
    if (up) back();
    else ask();
  }, wait);
}

function back() {
  if (timer === null) return;
  clearTimeout(timer);
  timer = null;
  tries = 0;
  say(byId("link"), null);
  for (const listener of [...waiting]) listener();
}

addEventListener("online", () => {
  if (timer === null) return;
  clearTimeout(timer);
  tries = 0;
  ask();
});
