// One page of the list, put together of what the gateway answers. Ids sort by time.

export const PAGE = 50;

/** Has no rows yet; those older than `next` are to be read (all where it is null), until it `isWhole`. */
export const begin = (next) => ({ rows: [], next, isWhole: false });

/**
 * Takes in an answer of the gateway, which looks through so much a call, and then says where to go on. To a whole
 * page it is its begin, read again: what that covers is as it says, what is older stays.
 */
export function joined(page, { tasks, next }) {
  if (!page.isWhole) {
    const rows = [...page.rows, ...tasks];
    return trimmed(rows, next, next === null || rows.length >= PAGE / 2);
  }
  const rest = page.rows.filter(({ task_id }) => next !== null && task_id < next);
  const isFurther = next === null || (page.next !== null && next < page.next);
  return trimmed([...tasks, ...rest], isFurther ? next : page.next, true);
}

const trimmed = (rows, next, isWhole) =>
  ({ rows: rows.slice(0, PAGE), next: rows.length > PAGE ? rows[PAGE - 1].task_id : next, isWhole });
