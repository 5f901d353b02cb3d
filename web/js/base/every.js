// Does something again and again while people look: not in a hidden tab, and at once when the gateway is back.

import { h, redraw } from "./dom.js";
import { onBack } from "./link.js";
import { trouble } from "./parts.js";

/**
 * Calls `act(signal)` now, and again `ms` after each time it has ended, until `signal` is aborted.
 * What `act` throws goes to `onError`. Gives back what does it at once.
 */
export function every(ms, act, signal, onError = () => {}) {
  let timer = null;
  let running = null;

  async function once() {
    try {
      await act(signal);
    } catch (error) {
      if (!signal.aborted) onError(error);
    }
    running = null;
    if (!signal.aborted) timer = setTimeout(turn, ms);
  }

  function turn() {
    clearTimeout(timer);
    if (!signal.aborted && !document.hidden) running ??= once();
    return running;
  }

  document.addEventListener("visibilitychange", turn, { signal });
  signal.addEventListener("abort", () => clearTimeout(timer));
  onBack(turn, signal);
  turn();
  // What is being read may be from before that for which it is to be done again.
  return () => Promise.resolve(running).then(turn);
}

/** Tells in `problem` what went wrong, where nothing else tells it. */
export const tells = (problem) => (error) => {
  if (error.name !== "AbortError" && error.status !== 0 && error.status !== 401) redraw(problem, trouble(error));
};

/** Keeps `place` as what `draw(await read(signal))` gives, a list of elements, read again every `ms`. */
export function live(place, ms, read, draw, signal) {
  const problem = h("div");
  place.before(problem);
  return every(ms, async () => {
    redraw(place, draw(await read(signal)));
    problem.replaceChildren();
  }, signal, (error) => {
    if (error.status === 403) place.replaceChildren();
    tells(problem)(error);
  });
}
