// The open view: opens another when the address says so, and says what went wrong with one.

import { byId, h } from "../base/dom.js";
import { trouble } from "../base/parts.js";
import { parse } from "./router.js";
import { VIEWS } from "./views.js";

let leave = new AbortController();
let isFirst = true;
let within = null;

/** Draws the links to the views that someone with `scopes` has. */
export function links(scopes) {
  const mine = VIEWS.filter((view) => !view.scope || scopes.includes(view.scope));
  byId("nav").replaceChildren(
    h("ul", {}, ...mine.map((view) =>
      h("li", {}, h("a", { href: `#/${view.name}`, "data-view": view.name }, view.title)))));
  mark(parse(location.hash).name);
}

function mark(name) {
  for (const link of byId("nav").querySelectorAll("a")) {
    if (link.dataset.view === name) link.setAttribute("aria-current", "page");
    else link.removeAttribute("aria-current");
  }
}

/**
 * Lets the open view take addresses of its own, as from a list to what is in it: `take(at)` is
 * called with each, and says whether it has shown it. Else the view is opened anew.
 */
export function stay(name, take, signal) {
  within = { name, take };
  signal.addEventListener("abort", () => { within = null; });
}

/** Shows what the address asks for. */
export async function open() {
  const at = parse(location.hash);
  if (within?.name === at.name && within.take(at)) return;
  close();
  const { signal } = leave;
  const view = VIEWS.find(({ name }) => name === at.name) ?? VIEWS[0];
  mark(view.name);
  title(view.title);
  const place = h("div", { class: `view-of ${view.name}` });
  byId("view").replaceChildren(place);
  try {
    const { show } = await view.load();
    if (signal.aborted) return;
    const shown = show(place, at, signal);
    // Whoever came here by a link is told where they are; the first time the browser does.
    if (!isFirst) (place.querySelector("h1") ?? byId("view")).focus({ preventScroll: true });
    if (!isFirst) scrollTo(0, 0);
    isFirst = false;
    await shown;
  } catch (error) {
    if (signal.aborted || error.status === 401) return;
    place.append(trouble(error, open));
  }
}

/** What the browser's tab is called. */
export function title(text) {
  document.title = `${text} · Attach Gateway`;
}

/** Takes the open view off the page, with all it shows. */
export function close() {
  leave.abort();
  leave = new AbortController();
  byId("view").replaceChildren();
}
