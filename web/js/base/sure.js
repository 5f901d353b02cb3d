// Asks whether something that cannot be undone is meant.

import { h } from "./dom.js";

/** Resolves to whether it is: `title` asks, `text` says what happens, `yes` is the button that does it. */
export function sure({ title, text, yes }, signal) {
  const dialog = h("dialog", { class: "sure card", "aria-label": title, "aria-describedby": "sure" },
    h("form", { method: "dialog", class: "stack" },
      h("h2", {}, title),
      h("p", { id: "sure" }, text),
      h("div", { class: "row" },
        h("button", { class: "quiet" }, "Keep it"),
        h("button", { class: "quiet danger", value: "yes" }, yes))));

  return new Promise((resolve) => {
    const over = new AbortController();
    signal.addEventListener("abort", () => dialog.close(), { signal: over.signal });
    dialog.addEventListener("close", () => {
      over.abort();
      dialog.remove();
      resolve(dialog.returnValue === "yes");
    });
    document.body.append(dialog);
    dialog.showModal();
  });
}
