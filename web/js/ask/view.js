// The view Ask: who answers, what is asked, and what comes of it, turn by turn.

import * as api from "../base/api.js";
import { button, head } from "../base/parts.js";
import { onClose } from "../base/session.js";
import { go, note } from "../shell/router.js";
import { asking } from "./asking.js";
import { fromInput } from "./conversation.js";

/** The conversation, for someone who looks at another view and comes back. */
let kept = null;
onClose(() => { kept = null; });

export async function show(place, { id, params }, signal) {
  const wanted = params.agent ?? null;
  const anew = button("New conversation", () => {
    kept = null;
    go("ask");
  });
  place.append(head("Ask", "Send a request to an agent or a model, and watch what becomes of it.", anew));
  const talk = await opened(id, wanted, signal);
  signal.throwIfAborted();
  keep(talk);
  asking(place, { talk, wanted, keep, signal });

  function keep(now) {
    // Who has left and begun another one meanwhile goes on with that.
    if (signal.aborted && kept !== talk) return;
    kept = now;
    anew.hidden = now === null;
  }
}

/** The conversation that the address means; null for a new one. */
async function opened(id, wanted, signal) {
  if (id === null && wanted !== null) return null;
  if (id === null || kept?.task === id) {
    if (kept?.task) note("ask", kept.task);
    return kept;
  }
  return load(id, signal);
}

/** Reads a conversation back from its last task; an A2A agent knows by its context what was said before. */
async function load(id, signal) {
  const [{ tasks }, known] = await Promise.all([api.tree(id, signal), api.agents({ signal })]);
  const { target: name, input, context_id: context } = tasks.find((task) => task.task_id === id);
  const speaks = known.find((agent) => agent.name === name)?.kind;
  return Object.assign(fromInput(input, { kind: "agent", name, speaks }, id), { context });
}
