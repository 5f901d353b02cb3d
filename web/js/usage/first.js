// Nothing was called: how to begin.

import { h } from "../base/dom.js";
import { button, empty } from "../base/parts.js";
import { codeBlock } from "../base/written.js";

const call = (model) => {
  const body = JSON.stringify({ model, messages: [{ role: "user", content: "Hello" }] });
  return `curl "$GATEWAY/v1/chat/completions" -H "Authorization: Bearer $TOKEN" \\
  -H "Content-Type: application/json" \\
  -d '${body.replaceAll("'", "'\\''")}'`;
};

/** `onLonger`, if there is a longer span to look at; `model` is one that an engine has. */
export function first(words, model, onLonger) {
  return empty(`No calls in ${words}.`,
    "Every call of an engine leaves its tokens, its time and its cost here, those that agents make for you too.",
    h("p", { class: "row" }, h("a", { href: "#/ask" }, "Ask something"), onLonger ? button("Look at the last 30 days", onLonger) : null),
    h("p", { class: "help" }, "Or send the first call from a terminal:"),
    codeBlock({ lang: "sh", text: call(model) }));
}
