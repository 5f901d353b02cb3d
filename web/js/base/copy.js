// A button that copies the text of an element.

import { h } from "./dom.js";

const SHOWN_MS = 2000;

export function copyButton(element, what) {
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
      await navigator.clipboard.writeText(element.textContent);
      show("Copied");
    } catch {
      // Browsers keep the clipboard from pages that came over plain HTTP from another computer.
      getSelection().selectAllChildren(element);
      show("Selected: press Ctrl+C");
    }
  }

  return button;
}
