// A button that copies the text of an element, or what stands for it.

import { h } from "./dom.js";

const SHOWN_MS = 2000;

/** `text` gives what is copied where the element shows only a part of it. */
export function copyButton(element, what, text = () => element.textContent) {
  let timer;
  const button = h("button", { type: "button", class: "quiet copy", "aria-live": "polite", onclick: copy }, "Copy");
  button.setAttribute("aria-label", `Copy ${what}`);

  function show(text) {
    button.textContent = text;
    button.setAttribute("aria-label", text);
    clearTimeout(timer);
    timer = setTimeout(() => {
      button.textContent = "Copy";
      button.setAttribute("aria-label", `Copy ${what}`);
    }, SHOWN_MS);
  }

  async function copy() {
    try {
      await navigator.clipboard.writeText(text());
      show("Copied");
    } catch {
      // Browsers keep the clipboard from pages that came over plain HTTP from another computer.
      getSelection().selectAllChildren(element);
      show("Selected: press Ctrl+C");
    }
  }

  return button;
}
