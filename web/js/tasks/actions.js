// What can be done with a task: cancel it, run it again, take it along.

import * as api from "../base/api.js";
import { h } from "../base/dom.js";
import { explain } from "../base/errors.js";
import { newKey } from "../base/request.js";
import { doer, help } from "../base/parts.js";
import { all } from "../base/handoff.js";
import { asks, isOver } from "../base/state.js";
import { sure } from "../base/sure.js";
import { codeBlock } from "../base/written.js";
import { go, href } from "../shell/router.js";
import { curlOf } from "./curl.js";

/** Gives `{ element, update(task, family) }`: the task as it is now, and all of its hand-off, of which `root` is the first. */
export function actions({ task_id: id, target, input }, { root, onCanceled, onFocusLost }, signal) {
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

  const again = doer("Run again", "Sending…", async () => {
    const sent = await api.send(target, input, key);
    // Who has gone elsewhere in the meantime stays there.
    if (!signal.aborted) go("tasks", sent.task_id);
  }, { onError });
  const answer = h("a", { href: href("ask", root) });

  const share = h("details", { class: "raw" }, h("summary", {}, "Copy as link or curl"), codeBlock({ lang: "link", text: location.href }));
  if (input === null) again.hidden = true;
  else {
    share.append(help("Before the command, put a token or an API key into TOKEN: ", h("code", {}, "export TOKEN=…")),
      codeBlock({ lang: "curl", text: curlOf(location.origin, target, input) }));
  }

  function update(task, family) {
    running = all(family.get(id)).slice(1).filter((each) => !isOver(each)).length;
    const isAsked = [...family.values()].some(asks);
    answer.textContent = isAsked ? "Answer it" : "Go on in Ask";
    answer.className = isAsked ? "go" : "quiet";
    if (isOver(task) && cancel === document.activeElement) onFocusLost();
    cancel.hidden = isOver(task);
  }
  return { element: h("div", {}, h("div", { class: "row" }, answer, cancel, again, share), told), update };
}
