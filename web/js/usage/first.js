// Nothing was called: how to begin.

import { h } from "../base/dom.js";
import { button, empty } from "../base/parts.js";
import { codeBlock } from "../base/written.js";

const CALL = `curl "$GATEWAY/v1/chat/completions" -H "Authorization: Bearer $TOKEN" \\
  -H "Content-Type: application/json" \\
  -d '{"model": "any", "messages": [{"role": "user", "content": "Hello"}]}'`;

/** `onLonger`, if there is a longer span to look at. */
export function first(words, onLonger) {
  return empty(`No calls in ${words}.`,
    "Every call of an engine leaves its tokens, its time and its cost here, those that agents make for you too.",
    h("p", { class: "row" }, h("a", { href: "#/ask" }, "Ask something"), onLonger ? button("Look at the last 30 days", onLonger) : null),
    h("p", { class: "help" }, "Or send the first call from a terminal:"),
    codeBlock({ lang: "sh", text: CALL }));
}
