// A button that copies the text of an element, or what stands for it.

import { h } from "./dom.js";

const SHOWN_MS = 2000;

/** `text` gives what is copied where the element shows only a part of it. */
export function copyButton(element, what, text = () => element.textContent) {
  let timer;
  const button = h("button", { type: "button", class: "quiet copy", "aria-live": "polite", onclick: copy });

  function show(word, name = word) {
    button.textContent = word;
    button.setAttribute("aria-label", name);
  }
  const rest = () => show("Copy", `Copy ${what}`);

  async function copy() {
    try {
      await navigator.clipboard.writeText(text());
      show("Copied");
    } catch {
      // Browsers keep the clipboard from pages that came over plain HTTP from another computer.
      getSelection().selectAllChildren(element);
      show("Selected: press Ctrl+C");
    }
    clearTimeout(timer);
    timer = setTimeout(rest, SHOWN_MS);
  }

  rest();
  return button;
}
