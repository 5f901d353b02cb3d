// The open view. Its module exports `show(place, { id, params }, signal)`, which draws into `place`, an empty element,
// and stops all it does once `signal` is aborted. What it throws is told there.

import { byId, h, redraw } from "../base/dom.js";
import { onBack } from "../base/link.js";
import { trouble } from "../base/parts.js";
import { capital } from "../base/words.js";
import { parse } from "./router.js";

const VIEWS = ["ask", "tasks", "memory", "usage", "agents", "status", "me"];

let names = [];
let leave = new AbortController();
let within = null;

const load = (name) => import(`../${name}/view.js`);

/** Shows the links to the views that someone with `scopes` has, and has them ready, also while the gateway is away. */
export function links(scopes) {
  names = VIEWS.filter((name) => name !== "status" || scopes.includes("admin"));
  mark();
  for (const name of names) load(name).catch(() => {});
}

function mark() {
  const here = opened();
  redraw(byId("nav"), names.map((name) =>
    h("a", { href: `#/${name}`, "aria-current": name === here ? "page" : null }, capital(name))));
}

function opened() {
  const { name } = parse(location.hash);
  return VIEWS.includes(name) ? name : VIEWS[0];
}

/** Lets the open view take addresses of its own: `take(at)` is called with each, and says whether it has shown it. */
export function stay(name, take, signal) {
  within = { name, take };
  signal.addEventListener("abort", () => { within = null; });
}

/** Shows what the address asks for. */
export async function open() {
  const at = parse(location.hash);
  if (within?.name === at.name && within.take(at)) return;
  leave.abort();
  leave = new AbortController();
  const { signal } = leave;
  const name = opened();
  const place = h("div", { class: `view-of of-${name}` });
  mark();
  title(capital(name));
  byId("view").replaceChildren(place);
  try {
    const { show } = await load(name);
    if (signal.aborted) return;
    const shown = show(place, at, signal);
    place.querySelector("h1")?.focus({ preventScroll: true });
    scrollTo(0, 0);
    await shown;
  } catch (error) {
    if (signal.aborted || error.status === 401) return;
    place.querySelector(".reading")?.remove();
    place.append(trouble(error, open));
    if (error.status === 0) onBack(open, signal);
  }
}

export function title(text) {
  document.title = `${text} · Attach Gateway`;
}
