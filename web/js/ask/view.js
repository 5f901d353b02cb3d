// The view Ask: who answers, what is asked, and what comes of it, turn by turn.

import * as api from "../base/api.js";
import { h } from "../base/dom.js";
import { button, head } from "../base/parts.js";
import { onClose } from "../base/session.js";
import { go, href, note } from "../shell/router.js";
import { asking } from "./asking.js";
import { fromInput, fromTasks } from "./conversation.js";

/** The conversation, for someone who looks at another view and comes back. */
let kept = null;
onClose(() => { kept = null; });

export async function show(place, { id, params }, signal) {
  const wanted = params.agent ?? null;
  const anew = button("New conversation", () => {
    kept = null;
    go("ask");
  }, { hidden: true });
  place.append(head("Ask", "Send a request to an agent or a model, and watch what becomes of it.", anew));
  const talk = await opened(place, id, wanted, signal).catch((error) => {
    anew.hidden = false;
    throw error;
  });
  signal.throwIfAborted();
  keep(talk);
  asking(place, { talk, wanted, keep, signal });

  function keep(now) {
    kept = now;
    anew.hidden = now === null;
  }
}

/** The conversation that the address means; null for a new one. */
async function opened(place, id, wanted, signal) {
  if (id === null) {
    if (wanted !== null) return null;
    if (kept?.task) note("ask", kept.task);
    return kept;
  }
  if (kept?.task === id) return kept;
  const waiting = h("p", { class: "help", role: "status" }, "Opening the conversation…");
  place.append(waiting);
  const { talk, root } = await load(id, signal).finally(() => waiting.remove());
  if (root !== null) place.append(h("p", { class: "notice" }, "This is a part of a larger hand-off. ", h("a", { href: href("ask", root) }, "Open all of it")));
  return talk;
}

/** Reads a conversation back from its last task. */
async function load(id, signal) {
  const [tree, known] = await Promise.all([
    api.tree(id, signal).catch((error) => {
      if (error.status !== 404) throw error;
      return null;
    }),
    api.agents({ signal }),
  ]);
  const task = tree?.tasks.find((each) => each.task_id === id) ?? (await api.status(id, signal));
  const speaks = known.find((agent) => agent.name === task.target)?.kind ?? "chat";
  const choice = { kind: "agent", name: task.target, speaks };
  const talk = speaks === "a2a" && task.context_id
    ? fromTasks(await api.said(task.target, task.context_id, signal), choice, { task: id, context: task.context_id })
    : fromInput(task.input, choice, id);
  return { talk, root: tree !== null && tree.root !== id ? tree.root : null };
}
