// Keeps what is being written in sight, until the person looks elsewhere.

const ROOM_PX = 16;
const ACTS = ["wheel", "touchmove", "pointerdown", "keydown"];

/**
 * Gives back `keep(card)`: as a card grows, the page follows its end, which `box` is not to cover, but never beyond
 * its beginning.
 */
export function sight(box, signal) {
  let follows = true;
  for (const act of ACTS) addEventListener(act, () => { follows = false; }, { signal, once: true, passive: true, capture: true });

  function show(card) {
    const { top, bottom } = card.getBoundingClientRect();
    const end = Math.min(innerHeight, box.getBoundingClientRect().top) - ROOM_PX;
    if (bottom > end && top > ROOM_PX) scrollBy(0, Math.min(bottom - end, top - ROOM_PX));
  }

  const observer = new ResizeObserver((cards) => cards.forEach(({ target }) => follows && show(target)));
  signal.addEventListener("abort", () => observer.disconnect());
  return (card) => observer.observe(card);
}
