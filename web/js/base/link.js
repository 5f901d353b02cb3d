// Whether the gateway answers: says so when it does not, and tells the views when it is back.

import { announce, byId, say } from "./dom.js";

const LOST = "The connection to the gateway was lost. What was running goes on there; this page tries to get back.";

const waiting = new Set();
let isAsking = false;

/** Has `listener` called each time the gateway is back, until `signal` is aborted. */
export function onBack(listener, signal) {
  waiting.add(listener);
  signal.addEventListener("abort", () => waiting.delete(listener));
}

/** How long to wait before the next try: longer each time, by chance as many pages may wait. */
export const backoff = (tries, most) => Math.min(most, 500 * 2 ** tries) * (0.75 + Math.random() * 0.5);

/** A request got no answer: the gateway is asked whether it is there. */
export async function unanswered() {
  if (isAsking) return;
  isAsking = true;
  for (let tries = 0; ; tries += 1) {
    await new Promise((resolve) => setTimeout(resolve, backoff(tries, 4000)));
    if (await isUp()) break;
    say(byId("link"), LOST);
  }
  isAsking = false;
  if (!byId("link").hidden) announce("The gateway answers again.");
  say(byId("link"), null);
  for (const listener of [...waiting]) listener();
}

const isUp = () =>
  fetch("/healthz", { cache: "no-store", signal: AbortSignal.timeout(5000) }).then(({ ok }) => ok, () => false);
