// Draws something anew without taking the keyboard's focus, what was opened, or how far tables were scrolled.

const FOCUSABLE = "a[href], button, summary, [tabindex]";

export function redraw(place, ...children) {
  const at = [...place.querySelectorAll(FOCUSABLE)].indexOf(document.activeElement);
  const opened = [...place.querySelectorAll("details")].map((one) => one.open);
  const scrolled = [...place.querySelectorAll(".table")].map((one) => [one.scrollLeft, one.scrollTop]);
  place.replaceChildren(...children);
  place.querySelectorAll("details").forEach((one, n) => { one.open = opened[n] ?? false; });
  place.querySelectorAll(".table").forEach((one, n) => one.scrollTo(...(scrolled[n] ?? [0, 0])));
  if (at === -1) return;
  const now = [...place.querySelectorAll(FOCUSABLE)];
  (now[at] ?? now.at(-1))?.focus({ preventScroll: true });
}
