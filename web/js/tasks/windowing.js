// Which rows of a long list are drawn: those in sight and some around, never all.

/** Rows drawn above and below what is in sight. */
const AROUND = 12;
const MOST = 200;

/**
 * The rows from `from` up to `to`: `top` is how far the list's begin lies above the top of what
 * is in sight (negative below it), `sight` how high that is, `height` a row's, all in pixels.
 */
export function visible({ count, top, sight, height }) {
  if (count === 0 || height <= 0) return { from: 0, to: 0 };
  const first = Math.floor(top / height) - AROUND;
  const length = Math.min(MOST, Math.ceil(sight / height) + 2 * AROUND + 1);
  const from = Math.max(0, Math.min(first, count - length));
  return { from, to: Math.max(from, Math.min(count, Math.max(first, 0) + length)) };
}

/** The indexes to draw, in order: a range, and those that are `held` wherever they are. */
export function wanted({ from, to }, held = []) {
  const range = Array.from({ length: to - from }, (_, index) => from + index);
  const outside = [...new Set(held)].filter((index) => index >= 0 && (index < from || index >= to)).sort((a, b) => a - b);
  return [...outside.filter((index) => index < from), ...range, ...outside.filter((index) => index >= to)];
}
