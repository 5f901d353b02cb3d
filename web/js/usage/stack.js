// Where the pieces of stacked bars stand.

/** The room for bars in a drawing of `width` and `height`. */
export function frame(width, height, { left = 46, right = 6, top = 10, bottom = 24 } = {}) {
  return { x: left, y: top, width: Math.max(1, width - left - right), height: Math.max(1, height - top - bottom) };
}

/** The column of each bar: where it begins and how wide its piece in the middle is. */
export function column(room, count, place) {
  const step = room.width / count;
  const gap = Math.min(6, step * 0.22);
  return { x: room.x + place * step, step, left: room.x + place * step + gap / 2, width: Math.max(1, step - gap) };
}

/** Which bar is at `x`; the first or last beside them. */
export const columnAt = (room, count, x) =>
  Math.min(count - 1, Math.max(0, Math.floor(((x - room.x) / room.width) * count)));

export const height = (room, value, top) => (top <= 0 ? 0 : (value / top) * room.height);

/** Pieces higher than this are kept apart by a fine line; smaller ones would vanish behind it. */
const SEAM = 3;

/**
 * The outlines of all pieces of one kind, as one path for each model and direction:
 * `[{ part, direction: "in" | "out", d }]`. Pieces stand on each other in the order of models, what
 * went in below what came out. Any bar with something in it can be seen.
 */
export function stacks(bars, room, top) {
  const paths = new Map();
  bars.forEach((bar, place) => {
    const { left, width } = column(room, bars.length, place);
    const scale = Math.max(1, 1.5 / Math.max(1e-9, height(room, bar.in + bar.out, top)));
    let base = room.y + room.height;
    bar.parts.forEach((part, model) => {
      for (const direction of ["in", "out"]) {
        if (part[direction] <= 0) continue;
        const high = height(room, part[direction], top) * scale;
        base -= high;
        const key = `${model} ${direction}`;
        paths.set(key, `${paths.get(key) ?? ""}M${fine(left)} ${fine(base)}h${fine(width)}v${fine(high > SEAM ? high - 0.75 : high)}h${fine(-width)}z`);
      }
    });
  });
  return [...paths].map(([key, d]) => {
    const [part, direction] = key.split(" ");
    return { part: Number(part), direction, d };
  });
}

const fine = (number) => Number(number.toFixed(2));
