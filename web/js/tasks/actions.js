// What can be done with a task: cancel it, run it again, take it along.

import * as api from "../base/api.js";
import { h } from "../base/dom.js";
import { explain } from "../base/errors.js";
import { newKey } from "../base/request.js";
import { doer } from "../base/parts.js";
import { isOver } from "../base/state.js";
import { sure } from "../base/sure.js";
import { codeBlock } from "../base/written.js";
import { go } from "../shell/router.js";
import { curlOf } from "./curl.js";

/** Gives `{ element, update(task, running) }`: the task as it is now, and how many below it are at work. */
export function actions({ task_id: id, target, input }, { onCanceled, onFocusLost }, signal) {
  let running = 0;
  // The same when it is pressed again: what may have reached the gateway is not made twice.
  const key = newKey();
  const told = h("div", { class: "task-told", role: "status" });
  const onError = (error) => told.replaceChildren(h("p", { class: "notice bad" }, explain(error)));

  const cancel = doer("Cancel", "Canceling…", async () => {
    const text = `It was handed on: ${running} more at work will be stopped with it.`;
    if (running > 0 && !await sure({ title: "Cancel this task?", text, yes: "Cancel all", no: "Keep it" }, signal)) return;
    await api.cancel(id).catch((error) => {
      // It ended by itself in the meantime.
      if (error.status !== 409) throw error;
    });
    onCanceled();
  }, { look: "quiet danger", onError });

  const again = doer("Run again", "Sending…", async () => go("tasks", (await api.send(target, input, key)).task_id), { onError });

  const share = h("details", { class: "raw" }, h("summary", {}, "Copy as link or curl"), codeBlock({ lang: "link", text: location.href }));
  if (input === null) again.hidden = true;
  else share.append(codeBlock({ lang: "curl", text: curlOf(target, input) }));

  function update(task, below) {
    running = below;
    if (isOver(task) && cancel === document.activeElement) onFocusLost();
    cancel.hidden = isOver(task);
  }
  return { element: h("div", {}, h("div", { class: "row" }, cancel, again, share), told), update };
}
