// The pages of the list, put together: `rows`, and `next`, where older ones begin (null at the end,
// undefined while nothing was read).

/** Ids are UUIDs of version 7: they sort by time, and begin with it. */
const V7 = /^([0-9a-f]{8})-([0-9a-f]{4})-7/i;

/** When an id was made, in milliseconds; null for one that does not say. */
export function timeOf(id) {
  const found = V7.exec(id ?? "");
  return found === null ? null : Number.parseInt(found[1] + found[2], 16);
}

export const nothing = { rows: [], next: undefined, added: new Set() };

/** Adds an older page. */
export const older = (known, page) => ({ ...known, rows: [...known.rows, ...page.tasks], next: page.next });

/** Takes in tasks that were read again, each where it stands. */
export function again(known, found) {
  const now = new Map(found.map((task) => [task.task_id, task]));
  return { ...known, rows: known.rows.map((task) => now.get(task.task_id) ?? task) };
}

/**
 * Takes in the first page of `limit`, read again; `added` are the ids that were not there before. What
 * it covers is as it says; what is older stays. Where so much is new that the two do not meet, it starts over.
 */
export function newest(known, page, limit) {
  if (known.next === undefined) return { ...nothing, rows: page.tasks, next: page.next };
  const before = new Set(known.rows.map((task) => task.task_id));
  const added = new Set(page.tasks.map((task) => task.task_id).filter((id) => !before.has(id)));
  // A page that is not full has looked through thousands: it meets what is known.
  const meets = page.tasks.length < limit || added.size < page.tasks.length;
  if (page.next === null || !meets) return { rows: page.tasks, next: page.next, added };
  const rest = known.rows.filter((task) => task.task_id < page.next);
  const next = known.next === null || known.next < page.next ? known.next : page.next;
  return { rows: [...page.tasks, ...rest], next, added };
}
