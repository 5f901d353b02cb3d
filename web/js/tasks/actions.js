// What can be done with a task: cancel it, run it again, take it along.

import * as api from "../base/api.js";
import { h } from "../base/dom.js";
import { explain } from "../base/errors.js";
import { newKey } from "../base/key.js";
import { doer } from "../base/parts.js";
import { sure } from "../base/sure.js";
import { announce } from "../shell/announce.js";
import { go, href } from "../shell/router.js";
import { curlOf } from "./curl.js";
import { temporalLink } from "./details.js";
import { isOver } from "./family.js";

const SHOWN_MS = 2000;

/** Gives `{ element, update(task, running) }`: the task as it is now, and how many below it are at work. */
export function actions({ onCanceled, onFocusLost }, signal) {
  let task = null;
  let running = 0;
  let key = null;
  const told = h("div", { class: "task-told", role: "status" });
  const onError = (error) => told.replaceChildren(h("p", { class: "notice bad" }, explain(error)));

  const cancel = doer("Cancel", "Canceling…", async () => {
    told.replaceChildren();
    const text = `It was handed on: ${running} more at work will be stopped with it.`;
    if (running > 0 && !await sure({ title: "Cancel this task?", text, yes: "Cancel all", no: "Keep it" }, signal)) return;
    await api.cancel(task.task_id).catch((error) => {
      // It ended by itself in the meantime.
      if (error.status !== 409) throw error;
    });
    onCanceled();
  }, { look: "quiet danger", onError });

  const again = doer("Run again", "Sending…", async () => {
    told.replaceChildren();
    // The same key when it is pressed again: what may have reached the gateway is not made twice.
    key ??= newKey();
    const sent = await api.send(task.target, task.input, key);
    key = null;
    go("tasks", sent.task_id);
  }, { onError });

  const curl = copier("Copy as curl", () => curlOf(task.target, task.input), told);
  const link = copier("Copy link", () => location.href, told);
  const ask = h("a", { hidden: true }, "See it in Ask");
  const row = h("div", { class: "row" }, cancel, again, curl, link, ask);

  function update(now, below) {
    if (task === null) row.append(temporalLink(now) ?? "");
    [task, running] = [now, below];
    if (isOver(task) && cancel === document.activeElement) onFocusLost();
    cancel.hidden = isOver(task);
    for (const each of [again, curl]) each.hidden = task.input === null;
    ask.hidden = Boolean(task.parent);
    ask.href = href("ask", task.task_id);
  }
  return { element: h("div", { class: "task-actions" }, row, told), update };
}

/** A button that copies a text, or shows it where the browser keeps the clipboard from the page. */
function copier(name, text, told) {
  return doer(name, "Copied", async () => {
    await navigator.clipboard.writeText(text());
    announce("Copied");
    await new Promise((resolve) => { setTimeout(resolve, SHOWN_MS); });
  }, {
    onError() {
      const shown = h("pre", { tabindex: "0", "aria-label": name }, text());
      told.replaceChildren(h("p", { class: "help" }, "Your browser does not let this page copy. It is selected: press Ctrl+C."), shown);
      getSelection().selectAllChildren(shown);
    },
  });
}
