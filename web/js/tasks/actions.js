// What can be done with a task: cancel it, run it again, take it along.

import * as api from "../base/api.js";
import { h } from "../base/dom.js";
import { explain } from "../base/errors.js";
import { newKey } from "../base/key.js";
import { button, doer } from "../base/parts.js";
import { sure } from "../base/sure.js";
import { announce } from "../shell/announce.js";
import { go, href } from "../shell/router.js";
import { curlOf } from "./curl.js";
import { elsewhere } from "./details.js";
import { isOver } from "./family.js";

const SHOWN_MS = 2500;

/** `update(task, running)`: the task as it is now, and how many below it are at work. */
export function actions({ onCanceled, onFocusLost }, signal) {
  let task = null;
  let running = 0;
  let key = null;
  const told = h("div", { class: "task-told", role: "status" });
  const onError = (error) => { if (error.status !== 401) told.replaceChildren(h("p", { class: "notice bad" }, explain(error))); };

  const cancel = doer("Cancel", "Canceling…", async () => {
    told.replaceChildren();
    if (running > 0 && !await sure({ title: "Cancel this task?", text: alsoText(running), yes: "Cancel all", no: "Keep it" }, signal)) return;
    await api.cancel(task.task_id).catch((error) => {
      // It ended by itself in the meantime: how, is read below.
      if (error.status !== 409) throw error;
    });
    await onCanceled();
  }, { look: "quiet danger", onError, hidden: true });

  const again = doer("Run again", "Sending…", async () => {
    told.replaceChildren();
    // The same key when it is pressed again: what may have reached the gateway is not made twice.
    key ??= newKey();
    const sent = await api.send(named(task.target), task.input, key);
    key = null;
    go("tasks", sent.task_id);
  }, { onError });

  const curl = copier("Copy as curl", () => curlOf(named(task.target), task.input), told);
  const link = copier("Copy link", () => new URL(href("tasks", task.task_id), location.href).href, told);
  const ask = h("a", { hidden: true }, "See it in Ask");
  const temporal = h("span", {});
  const place = h("div", { class: "row task-actions" }, cancel, again, curl, link, ask, temporal);

  function update(now, below) {
    [task, running] = [now, below];
    const over = isOver(task);
    if (over && cancel === document.activeElement) onFocusLost();
    cancel.hidden = over;
    const known = task.input !== null && task.input !== undefined;
    for (const each of [again, curl]) each.hidden = !known;
    ask.hidden = Boolean(task.parent);
    ask.href = href("ask", task.task_id);
    if (task.temporal_url && !temporal.hasChildNodes()) temporal.append(elsewhere(task.temporal_url) ?? "");
  }
  return { place, told, update };
}

/** The gateway's own chat is sent to without a name. */
const named = (target) => (!target || target === "chat" ? null : target);

const alsoText = (running) =>
  `${running === 1 ? "One task that it handed on is" : `${running} tasks that it handed on are`} at work and will be stopped with it.`;

/** A button that copies a text, or shows it where the browser keeps the clipboard from the page. */
function copier(name, text, told) {
  let timer;
  const it = button(name, async () => {
    try {
      await navigator.clipboard.writeText(text());
      said("Copied");
    } catch {
      const shown = h("pre", { class: "prose", tabindex: "0", "aria-label": name }, text());
      told.replaceChildren(h("p", { class: "help" }, "Your browser does not let this page copy. It is selected: press Ctrl+C."), shown);
      getSelection().selectAllChildren(shown);
    }
  });

  function said(words) {
    it.textContent = words;
    announce(words);
    clearTimeout(timer);
    timer = setTimeout(() => { it.textContent = name; }, SHOWN_MS);
  }
  return it;
}
