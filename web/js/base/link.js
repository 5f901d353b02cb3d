// Whether the gateway answers: says so when it does not, and tells the views when it is back.

import { byId, say } from "./dom.js";

const FIRST_WAIT_MS = 500;
const LONGEST_WAIT_MS = 8000;
const PROBE_MS = 5000;
const LOST = "The connection to the gateway was lost. What was running goes on there; this page tries to get back.";

const waiting = new Set();
let tries = 0;
let timer = null;

/** Some request was answered (`true`), or none came through (`false`), which by itself does not mean that the gateway is gone. */
export function heard(isAnswered) {
  if (!isAnswered && timer === null) ask();
  // What others are answered does not say that what failed will come through.
  if (isAnswered && isLost()) back();
}

const isLost = () => !byId("link").hidden;

function back() {
  const wasTold = isLost();
  clearTimeout(timer);
  timer = null;
  tries = 0;
  say(byId("link"), null);
  for (const listener of [...waiting]) listener(wasTold);
}

/** Has `listener(wasTold)` called each time the gateway is back, until `signal` is aborted. */
export function onBack(listener, signal) {
  waiting.add(listener);
  signal.addEventListener("abort", () => waiting.delete(listener));
}

/** Asks whether the gateway is back, later and later, with some chance in it: many pages may wait for it. */
function ask() {
  clearTimeout(timer);
  const wait = Math.min(LONGEST_WAIT_MS, FIRST_WAIT_MS * 2 ** tries) * (0.75 + Math.random() * 0.5);
  tries += 1;
  timer = setTimeout(async () => {
    const isUp = await fetch("/healthz", { cache: "no-store", signal: AbortSignal.timeout(PROBE_MS) }).then((answer) => answer.ok, () => false);
    if (timer === null) return;
    if (isUp) return back();
    say(byId("link"), LOST);
    ask();
  }, wait);
}

addEventListener("online", () => {
  tries = 0;
  if (timer !== null) ask();
});
