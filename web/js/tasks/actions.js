// What can be done with a task: go on with it, cancel it, run it again, take it along.

import * as api from "../base/api.js";
import { h } from "../base/dom.js";
import { doer, help, trouble } from "../base/parts.js";
import { asks, isOver } from "../base/state.js";
import { codeBlock } from "../base/written.js";
import { go, href } from "../shell/router.js";
import { curlOf } from "./curl.js";

/** Gives `{ element, update(task, tree) }`; `top` is the heading of the page, `onCanceled` reads the task again. */
export function actions({ task_id: id, target, input }, { root, top, onCanceled }, signal) {
  // The same when it is pressed again: what may have reached the gateway is not made twice.
  const key = api.newKey();
  const problem = h("div");
  const onError = (error) => problem.replaceChildren(trouble(error));

  const cancel = doer("Cancel", "Canceling…", async () => {
    await api.cancel(id).catch((error) => {
      // It ended by itself in the meantime.
      if (error.status !== 409) throw error;
    });
    problem.replaceChildren();
    await onCanceled();
  }, { look: "quiet danger", onError });

  const again = doer("Run again", "Sending…", async () => {
    const sent = await api.send(target, input, key);
    // Who has gone elsewhere in the meantime stays there.
    if (!signal.aborted) go("tasks", sent.task_id);
  }, { onError });

  const answer = h("a", { class: "quiet", href: href("ask", root) });
  const share = h("details", { class: "raw" },
    h("summary", {}, "Copy as link or curl"), codeBlock({ lang: "link", text: location.href }));
  if (input !== null) {
    share.append(help("Before the command, put a token or an API key into ATTACH_TOKEN: ", h("code", {}, "export ATTACH_TOKEN=…")),
      codeBlock({ lang: "curl", text: curlOf(location.origin, target, input) }));
  }

  function update(task, { tasks }) {
    answer.textContent = tasks.some(asks) ? "Answer it" : "Go on in Ask";
    if (isOver(task) && cancel === document.activeElement) top.querySelector("h1").focus({ preventScroll: true });
    cancel.hidden = isOver(task);
  }
  const row = h("div", { class: "row" }, answer, cancel, input !== null && again, share);
  return { element: h("div", { class: "stack" }, row, problem), update };
}
