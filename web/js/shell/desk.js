// The open view: opens another when the address says so, and says what went wrong with one.
//
// A view's module exports `show(place, { id, params }, signal)`: draws into `place`, an empty
// element, and stops all it does once `signal` is aborted. What it throws is told in its place.

import { byId, h, redraw } from "../base/dom.js";
import { HttpError } from "../base/http.js";
import { heard, onBack } from "../base/link.js";
import { trouble } from "../base/parts.js";
import { capital } from "../base/words.js";
import { parse } from "./router.js";

const VIEWS = ["ask", "tasks", "memory", "usage", "agents", "status", "me"];
const SCOPES = { status: "admin" };
const AHEAD_MS = 800;

let leave = new AbortController();
let isFirst = true;
let within = null;

/** Draws the links to the views that someone with `scopes` has. */
export function links(scopes) {
  const mine = VIEWS.filter((name) => !SCOPES[name] || scopes.includes(SCOPES[name]));
  const here = named(parse(location.hash));
  redraw(byId("nav"), h("ul", {}, ...mine.map((name) =>
    h("li", {}, h("a", { href: `#/${name}`, "aria-current": name === here ? "page" : null }, capital(name))))));
  // So that a view opens at once, also while the gateway is away. Not before what was asked for.
  setTimeout(() => { for (const name of mine) load(name).catch(() => {}); }, AHEAD_MS);
}

const load = (name) => import(`../${name}/view.js`);
const named = (at) => (VIEWS.includes(at.name) ? at.name : VIEWS[0]);

function mark(name) {
  for (const link of byId("nav").querySelectorAll("a")) {
    if (link.hash === `#/${name}`) link.setAttribute("aria-current", "page");
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

/** Shows what the address asks for. Whoever came here by a link is told where they are; the first time the browser does. */
export async function open({ tell = !isFirst } = {}) {
  const at = parse(location.hash);
  if (within?.name === at.name && within.take(at)) return;
  close();
  isFirst = false;
  const { signal } = leave;
  const name = named(at);
  mark(name);
  title(capital(name));
  const place = h("div", { class: `view-of of-${name}` });
  byId("view").replaceChildren(place);
  try {
    const { show } = await loaded(name);
    if (signal.aborted) return;
    const shown = show(place, at, signal);
    if (tell) arrive(place);
    await shown;
  } catch (error) {
    if (signal.aborted || error.status === 401) return;
    place.querySelector(".reading")?.remove();
    place.append(trouble(error, () => open()));
    if (error.status === 0) onBack(() => open(), signal);
  }
}

/** A view that cannot be fetched is the gateway not answering, as with any other request. */
function loaded(name) {
  return load(name).catch((error) => {
    if (!(error instanceof TypeError)) throw error;
    heard(false);
    throw new HttpError(0);
  });
}

function arrive(place) {
  (place.querySelector("h1") ?? byId("view")).focus({ preventScroll: true });
  scrollTo(0, 0);
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

/** Says something to people who hear the page. */
export function announce(text) {
  const place = byId("announce");
  // The same words twice are said twice.
  place.textContent = place.textContent === text ? `${text}\u00a0` : text;
}
