// How the list was left, for whoever goes back to it: kept in this module, and gone with the session.

import { onClose, signedIn } from "../base/session.js";

let left = null;
let begin = null;
onClose(() => { [left, begin] = [null, null]; });

/** The place in the browser's history where one is; null in browsers that do not say. */
const entry = () => globalThis.navigation?.currentEntry?.key ?? null;

/** `{ wanted, known, scroll, opened }` as it was left here, or null. */
export function comeBack() {
  const back = left !== null && left.entry !== null && left.entry === entry() ? left : null;
  left = null;
  return back;
}

/** What the list is narrowed to when it is opened next, which is not for the address. */
export const beginWith = (filter) => { begin = filter; };

export function beginning() {
  const filter = begin;
  begin = null;
  return filter;
}

/** Remembers, once `signal` is aborted, what `what()` says, and how far the page was scrolled. */
export function leaveAs(list, what, signal) {
  const here = entry();
  let scroll = scrollY;
  let opened = null;
  addEventListener("scroll", () => { scroll = scrollY; }, { passive: true, signal });
  list.addEventListener("click", (event) => { opened = event.target.closest("[data-key]")?.dataset.key ?? null; });
  signal.addEventListener("abort", () => {
    if (signedIn()) left = { entry: here, scroll, opened, ...what() };
  });
}
