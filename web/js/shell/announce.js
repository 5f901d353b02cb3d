// Says something to people who hear the page.

import { byId } from "../base/dom.js";

export function announce(text) {
  const place = byId("announce");
  // The same words twice are said twice.
  place.textContent = place.textContent === text ? `${text}\u00a0` : text;
}
