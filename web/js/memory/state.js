// What is asked of memory in this view. What people typed stays here, never in the address.

import { onClose } from "../base/session.js";

/** Ids as the gateway makes them: no words of people. */
const ID = /^[0-9a-f-]{16,64}$/i;

let words = "";
onClose(() => keep(""));

/** What the address says, with the words that the person last looked for. */
export const start = (params) =>
  ({ q: words, event: params.event ?? "", task: params.task ?? "", session: params.session ?? "" });

export function keep(q) {
  words = q;
}

/** What of it may stand in the address. */
export const inAddress = ({ event, task, session }) => ({
  event,
  task: ID.test(task) ? task : "",
  session: ID.test(session) ? session : "",
});

export const isNarrowed = ({ event, task, session }) => event !== "" || task !== "" || session !== "";

/** Whether an event is one of those that are wanted: a search of the gateway knows no filters. */
export const fits = (asked, event) =>
  (asked.event === "" || event.event === asked.event) &&
  (asked.task === "" || event.task_id === asked.task) &&
  (asked.session === "" || event.session_id === asked.session);
