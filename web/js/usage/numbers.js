// Numbers as people read them: 950, 1.2k, 3.4M; the exact one is for the hover.

const STEPS = [[1e12, "T"], [1e9, "G"], [1e6, "M"], [1e3, "k"]];

export function short(number) {
  for (const [size, letter] of STEPS) {
    // What would be rounded up to the next letter has it already: 999,999 is 1M.
    if (number >= size * 0.9995 && number >= 1000) return `${rounded(number / size)}${letter}`;
  }
  return String(Math.round(number * 100) / 100);
}

/** Three digits at most. */
function rounded(value) {
  if (value >= 99.95) return String(Math.round(value));
  return String(Math.round(value * 10) / 10);
}

export const exact = (number) => number.toLocaleString("en-GB");

export const counted = (number, one, many = `${one}s`) => `${exact(number)} ${number === 1 ? one : many}`;

/** An amount as the gateway writes it, without a float in between: `1234.5` is `1,234.50`. */
export function money(amount) {
  const [whole, part = ""] = String(amount).split(".");
  const grouped = whole.replace(/\B(?=(?:\d{3})+$)/g, ",");
  return `${grouped}.${part.replace(/0+$/, "").padEnd(2, "0")}`;
}

/** `12%`, `0.4%`, `<0.1%` of a whole. */
export function share(part, whole) {
  if (whole <= 0 || part <= 0) return "0%";
  const percent = (part / whole) * 100;
  if (percent < 0.1) return "<0.1%";
  return `${percent < 9.95 ? Math.round(percent * 10) / 10 : Math.round(percent)}%`;
}
