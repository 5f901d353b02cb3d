// The half circle of a gauge.

/** How much is left, from 0 to 1. */
export function fraction(left, limit) {
  if (!(limit > 0)) return 0;
  return Math.min(1, Math.max(0, left / limit));
}

/** The path of an arc from the left end, `part` (0 to 1) of a half circle long, around (`x`, `y`). */
export function arc(x, y, radius, part) {
  if (part <= 0) return "";
  const angle = Math.PI * (1 - Math.min(1, part));
  const [endX, endY] = [x + radius * Math.cos(angle), y - radius * Math.sin(angle)];
  return `M${fine(x - radius)} ${fine(y)}A${radius} ${radius} 0 0 1 ${fine(endX)} ${fine(endY)}`;
}

const fine = (number) => Number(number.toFixed(2));

const LOW = 0.2;

/** How it stands, as a word that has a colour and as words for people. */
export function standing(left, limit) {
  if (left <= 0) return { state: "away", words: "Used up: calls wait until some of it is free again" };
  if (fraction(left, limit) < LOW) return { state: "degraded", words: "Running low" };
  return { state: "ok", words: "Enough left" };
}

/** `any 60 seconds`, `any hour`, `any 5 minutes`. */
export function windowWords(secs) {
  if (secs === 1) return "any second";
  if (secs === 60) return "any minute";
  if (secs === 3600) return "any hour";
  if (secs === 86_400) return "any day";
  if (secs % 3600 === 0) return `any ${secs / 3600} hours`;
  if (secs % 60 === 0) return `any ${secs / 60} minutes`;
  return `any ${secs} seconds`;
}
