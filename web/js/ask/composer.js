// The box where a request is typed, with the buttons to send and to stop it.

import { h, say } from "../base/dom.js";
import { explain } from "../base/errors.js";
import { newKey } from "../base/key.js";
import { button } from "../base/parts.js";

/**
 * `onSend(text, key)` sends what was typed; the box is emptied once it was taken. `onStop()` stops
 * what is running. The same words get the same key while it is not known whether they arrived.
 */
export function composer({ onSend, onStop }) {
  const label = h("label", { for: "question", class: "big" }, "What do you need?");
  const box = h("textarea", { id: "question", rows: "3", dir: "auto", "aria-describedby": "ask-error", enterkeyhint: "send" });
  const problem = h("p", { id: "ask-error", class: "notice bad", role: "alert", hidden: true });
  const go = h("button", { class: "primary" }, "Ask");
  const stop = button("Stop", onStop, { look: "quiet danger stop", hidden: true });
  const keys = h("p", { class: "help keys" }, h("kbd", {}, "Enter"), " sends, ", h("kbd", {}, "Shift"), " + ", h("kbd", {}, "Enter"), " begins a new line");
  const element = h("form", { class: "composer", novalidate: true }, label, box, problem, h("div", { class: "row" }, keys, stop, go));
  let word = "Ask";
  let sending = false;
  let state = "free";
  /** The words and key of a request that may or may not have reached the gateway. */
  let unsure = null;

  function update() {
    go.textContent = sending ? "Sending…" : word;
    // Not `disabled`, which would take the keyboard's focus away from it.
    if (sending) go.setAttribute("aria-disabled", "true");
    else go.removeAttribute("aria-disabled");
    hide(go, state === "running" && !sending);
    hide(stop, state === "free");
  }

  function hide(button, isHidden) {
    if (isHidden && document.activeElement === button) box.focus();
    button.hidden = isHidden;
  }

  box.addEventListener("keydown", (event) => {
    if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
    event.preventDefault();
    element.requestSubmit();
  });
  box.addEventListener("input", () => say(problem, null));
  element.addEventListener("submit", (event) => {
    event.preventDefault();
    send();
  });

  async function send() {
    const text = box.value.trim();
    if (sending) return;
    if (state === "running") return say(problem, "The last request is still running. Wait for its end, or stop it first.");
    if (text === "") {
      say(problem, "Type what you need first.");
      return box.focus();
    }
    const key = unsure?.text === text ? unsure.key : newKey();
    sending = true;
    update();
    say(problem, null);
    try {
      await onSend(text, key);
      unsure = null;
      box.value = "";
    } catch (error) {
      unsure = error.status === 0 || error.status >= 500 ? { text, key } : null;
      if (error.status !== 401 && error.name !== "AbortError") say(problem, explain(error));
    } finally {
      sending = false;
      update();
    }
  }

  return {
    element,
    fill(text) {
      box.value = text;
      say(problem, null);
      box.focus();
    },
    focus: () => box.focus({ preventScroll: true }),
    trouble: (text) => say(problem, text),
    /** What the box is for: its label, and the word on the button. */
    ask(text, sends) {
      if (label.textContent !== text) unsure = null;
      label.textContent = text;
      word = sends;
      update();
    },
    /** `free`; `running`, which can be stopped; `asked`: it runs, and waits for an answer. */
    set(now) {
      state = now;
      if (now !== "running") say(problem, null);
      update();
    },
  };
}
