// Where the words of a bar stand: behind it where there is room, else before it, else in it.

/** In percent of the lane: `share` is how much the words need, `room` how much there is behind the lane's end. */
export function textPlace({ from, to }, share, room = 0) {
  if (to + share <= 100 + room) return { x: to, anchor: "start", dx: 6, inside: false };
  if (from - share >= 0) return { x: from, anchor: "end", dx: -6, inside: false };
  return { x: Math.min(from, Math.max(0, 100 + room - share)), anchor: "start", dx: 6, inside: true };
}
