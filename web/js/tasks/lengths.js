// How long something took, as exact as people need it: `<1 ms`, `350 ms`, `12.1 s`, `3 min 05 s`.

const two = (number) => String(number).padStart(2, "0");

/** A length of time in words; nothing where it is not known. */
export function took(ms) {
  if (typeof ms !== "number" || Number.isNaN(ms)) return "";
  if (ms < 1) return ms <= 0 ? "0 ms" : "<1 ms";
  if (Math.round(ms) < 1000) return `${Math.round(ms)} ms`;
  const seconds = ms / 1000;
  if (seconds < 59.95) return `${seconds.toFixed(1)} s`;
  return coarse(Math.round(seconds));
}

function coarse(seconds) {
  if (seconds < 3600) return `${Math.floor(seconds / 60)} min ${two(seconds % 60)} s`;
  const minutes = Math.floor(seconds / 60);
  if (minutes < 24 * 60) return `${Math.floor(minutes / 60)} h ${two(minutes % 60)} min`;
  const hours = Math.floor(minutes / 60);
  return `${Math.floor(hours / 24)} d ${hours % 24} h`;
}

/** `9.2 of 12.1 s`: a part and its whole, in the whole's unit where both have it. */
export function partOf(ms, whole) {
  const [part, all] = [took(ms), took(whole)];
  const unit = all.split(" ").slice(1).join(" ");
  const same = !/\d/.test(unit) && part.endsWith(` ${unit}`);
  return `${same ? part.slice(0, -unit.length - 1) : part} of ${all}`;
}
