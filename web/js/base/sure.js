// Asks whether something that cannot be undone is meant.

import { h } from "./dom.js";
import { button } from "./parts.js";

/**
 * Resolves to whether it is: `title` asks, `text` says what happens, `yes` is the button that does it.
 * With `typed`, these words have to be written first. Focus goes back to where it was.
 */
export function sure({ title, text, yes, no = "Keep it", typed = null }, signal) {
  const id = `sure-${++asked}`;
  const go = h("button", { class: "quiet danger", value: "yes" }, yes);
  const input = typed === null ? null : h("input", { id: `${id}-typed`, autocomplete: "off", spellcheck: "false" });
  const form = h("form", { method: "dialog" },
    h("h2", { id }, title),
    h("p", { id: `${id}-text` }, text),
    input && h("div", { class: "field" },
      h("label", { for: input.id }, `Write “${typed}” to go on`), input),
    h("div", { class: "row" }, button(no, () => dialog.close("no")), go));
  const dialog = h("dialog", { class: "sure card", "aria-labelledby": id, "aria-describedby": `${id}-text` }, form);

  if (input) {
    go.disabled = true;
    input.addEventListener("input", () => { go.disabled = input.value.trim() !== typed; });
  }
  return opened(dialog, signal);
}
let asked = 0;

function opened(dialog, signal) {
  const before = document.activeElement;
  return new Promise((resolve) => {
    const leave = () => dialog.close("no");
    signal?.addEventListener("abort", leave, { once: true });
    dialog.addEventListener("close", () => {
      signal?.removeEventListener("abort", leave);
      dialog.remove();
      if (before?.isConnected) before.focus();
      resolve(dialog.returnValue === "yes");
    });
    document.body.append(dialog);
    dialog.showModal();
  });
}
