// How often things are done: reading on news, and drawing what grows with time.

/** Gives a function that calls `act` at most once in `ms`, and never twice at the same time; who asks meanwhile waits. */
export function atMost(ms, act) {
  let last = 0;
  let busy = null;
  return function again(atOnce = false) {
    if (busy !== null) return busy;
    const wait = atOnce ? 0 : Math.max(0, last + ms - Date.now());
    busy = new Promise((resolve) => { setTimeout(resolve, wait); })
      .then(() => { last = Date.now(); return act(); })
      .finally(() => { busy = null; });
    return busy;
  };
}

/** Calls `tick` every `ms` while people look, until `signal` is aborted. */
export function whileSeen(ms, tick, signal) {
  const timer = setInterval(() => { if (!document.hidden) tick(); }, ms);
  signal.addEventListener("abort", () => clearInterval(timer));
}
