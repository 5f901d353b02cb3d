// Does something again and again while people look: not in a hidden tab, and at once when the gateway is back.

import { onBack } from "./link.js";

/**
 * Calls `act(signal)` now, and again `ms` after each time it has ended, until `signal` is aborted.
 * What `act` throws goes to `onError`.
 */
export function every(ms, act, signal, onError = () => {}) {
  let timer = null;
  let busy = false;

  async function turn() {
    clearTimeout(timer);
    if (busy || signal.aborted || document.hidden) return;
    busy = true;
    try {
      await act(signal);
    } catch (error) {
      if (!signal.aborted) onError(error);
    } finally {
      busy = false;
      if (!signal.aborted) timer = setTimeout(turn, ms);
    }
  }

  document.addEventListener("visibilitychange", turn, { signal });
  signal.addEventListener("abort", () => clearTimeout(timer));
  onBack(turn, signal);
  turn();
  return turn;
}
