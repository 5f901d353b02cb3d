// The list of one's last requests, to go on with one of them.

import { tasks } from "../base/api.js";
import { h } from "../base/dom.js";
import { card, stateChip } from "../base/parts.js";
import { moment } from "../base/time.js";
import { href } from "../shell/router.js";
import { nameOf } from "./names.js";

const MOST = 6;

/** A card with them, hidden while there are none. */
export function recent(signal) {
  const list = h("ul", { class: "recent" });
  const element = card("Your last requests", list);
  element.hidden = true;
  tasks({ limit: MOST, roots: true }, signal).then(({ tasks: found }) => {
    const own = found.filter((task) => !task.parent);
    list.replaceChildren(...own.map(row));
    element.hidden = own.length === 0;
  }, () => {});
  return element;
}

const row = (task) =>
  h("li", {}, h("a", { href: href("ask", task.task_id) },
    h("span", { class: "recent-name one-line", dir: "auto" }, task.title || "A request without words"),
    h("span", { class: "recent-more" }, stateChip(task), h("span", { class: "one-line", dir: "auto" }, nameOf(task.target)), moment(task.created * 1000))));
