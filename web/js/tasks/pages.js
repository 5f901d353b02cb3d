// The pages of the list, put together: what is known, the first page read again, and how far
// a search has looked.

/** Ids are UUIDs of version 7: they sort by time, and begin with it. */
const V7 = /^([0-9a-f]{8})-([0-9a-f]{4})-7[0-9a-f]{3}-[0-9a-f]{4}-[0-9a-f]{12}$/i;

/** When an id was made, in milliseconds; null for one that does not say. */
export function timeOf(id) {
  const found = V7.exec(id ?? "");
  return found === null ? null : Number.parseInt(found[1] + found[2], 16);
}

/** Nothing was read yet: `next` is null only where there is no more. */
export const nothing = { rows: [], next: undefined };

/** Adds an older page. */
export function older(known, page) {
  const ids = new Set(known.rows.map((task) => task.task_id));
  return { rows: [...known.rows, ...page.tasks.filter((task) => !ids.has(task.task_id))], next: page.next };
}

/**
 * Takes in the first page of `limit`, read again: `{ rows, next, added }`. What it covers is as it
 * says; what is older stays. Where so much is new that the two do not meet, it starts over.
 */
export function newest(known, page, limit) {
  const before = new Set(known.rows.map((task) => task.task_id));
  const added = new Set(page.tasks.map((task) => task.task_id).filter((id) => !before.has(id)));
  const end = page.next;
  if (end === null) return { rows: page.tasks, next: null, added };
  // A page that is not full has looked through thousands: it meets what is known.
  const meets = page.tasks.length < limit || added.size < page.tasks.length;
  if (known.next === undefined || !meets) return { rows: page.tasks, next: end, added };
  const rest = known.rows.filter((task) => task.task_id < end);
  const next = known.next === null || known.next < end ? known.next : end;
  return { rows: [...page.tasks, ...rest], next, added };
}
