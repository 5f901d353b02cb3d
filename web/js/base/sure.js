// Asks whether something that cannot be undone is meant.

import { h } from "./dom.js";
import { button } from "./parts.js";

/**
 * Resolves to whether it is: `title` asks, `text` says what happens, `yes` is the button that does it.
 * With `typed`, these words have to be written first. The browser puts the focus back to where it was.
 */
export function sure({ title, text, yes, no = "Keep it", typed = null }, signal) {
  const dialog = h("dialog", { class: "sure card", "aria-labelledby": "sure-title", "aria-describedby": "sure-text" },
    h("form", { method: "dialog" },
      h("h2", { id: "sure-title" }, title),
      h("p", { id: "sure-text" }, text),
      typed && h("label", { class: "field" }, `Write “${typed}” to go on`,
        h("input", { required: true, pattern: typed, title: typed, autocomplete: "off", spellcheck: "false" })),
      h("div", { class: "row" },
        button(no, () => dialog.close("no")),
        h("button", { class: "quiet danger", value: "yes" }, yes))));

  return new Promise((resolve) => {
    const leave = () => dialog.close("no");
    signal.addEventListener("abort", leave);
    dialog.addEventListener("close", () => {
      signal.removeEventListener("abort", leave);
      dialog.remove();
      resolve(dialog.returnValue === "yes");
    });
    document.body.append(dialog);
    dialog.showModal();
  });
}
