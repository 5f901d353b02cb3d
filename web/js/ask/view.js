// The view Ask: one conversation, which goes on while people look at other views.

import * as api from "../base/api.js";
import { button, head } from "../base/parts.js";
import { capital, who } from "../base/words.js";
import { go, note } from "../shell/router.js";
import { conversation } from "./conversation.js";

let kept = null;

function forget() {
  kept?.over.abort();
  kept = null;
}

export async function show(place, { id, params }, signal) {
  const anew = button("New conversation", () => {
    forget();
    go("ask");
  });
  place.append(head("Ask", "Send a request to an agent or a model, and watch what becomes of it.", anew));
  if (kept === null || params.agent !== undefined || (id !== null && id !== kept.task)) {
    const past = id === null ? null : await load(id, signal);
    signal.throwIfAborted();
    forget();
    kept = conversation(past, params.agent);
  }
  place.append(kept.element);
  if (kept.task !== null) note("ask", kept.task);
  // A view that was opened is at its top: the conversation, once that is done, at its last turn.
  await null;
  place.querySelector(".turn:last-child")?.scrollIntoView();
}

/** What there is of a conversation, from its last task. */
async function load(id, signal) {
  const [{ tasks }, known] = await Promise.all([api.tree(id, signal), api.agents({ signal })]);
  const { target: name, input, context_id: context } = tasks.find((task) => task.task_id === id);
  const speaks = known.find((agent) => agent.name === name)?.kind;
  const said = Array.isArray(input?.messages) ? input.messages : [];
  return { task: id, choice: { kind: "agent", name, label: capital(who(name)), speaks }, said, context };
}
