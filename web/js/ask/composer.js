// The box where a request is typed, with the buttons to send and to stop it.

import { h, say } from "../base/dom.js";
import { explain } from "../base/errors.js";
import { button } from "../base/parts.js";

/** `onSend(text)` sends what was typed; words that could not be sent come back. */
export function composer(onSend) {
  const label = h("label", { for: "question", class: "big" });
  const box = h("textarea", { id: "question", rows: "3", required: true, dir: "auto", "aria-describedby": "fault" });
  const problem = h("p", { id: "fault", class: "notice bad", role: "alert", hidden: true });
  const go = h("button", { class: "go" });
  const stop = button("Stop", () => mode.stop(), { look: "quiet danger" });
  const element = h("form", { class: "composer" }, label, box, problem, h("div", { class: "row" }, stop, go));
  let mode = {};
  let isSending = false;
  /** What stands in the box without having been typed. */
  let filled = "";

  function draw() {
    const focused = document.activeElement;
    label.textContent = mode.label;
    go.textContent = isSending ? "Sending…" : mode.sends;
    go.hidden = mode.sends === null;
    stop.hidden = mode.stop === null;
    if ([go, stop].includes(focused) && focused.hidden) box.focus();
  }

  /** What the box is for; `sends` is the word on its button, `stop()` stops what runs, or null. */
  function set(now) {
    mode = now;
    box.placeholder = now.hint;
    say(problem, null);
    draw();
  }

  /** Puts words into the box: in place of others that were put there, but after what was typed. */
  function fill(text) {
    const typed = box.value === filled ? "" : box.value.trim();
    box.value = [typed, text].filter(Boolean).join("\n\n");
    filled = typed === "" ? text : "";
  }

  async function send() {
    const text = box.value.trim();
    if (isSending || text === "") return;
    if (mode.sends === null) return say(problem, "Something is still running. Wait for its end, or stop it.");
    isSending = true;
    box.value = "";
    say(problem, null);
    draw();
    try {
      await onSend(text);
    } catch (error) {
      fill(text);
      if (error.name !== "AbortError") say(problem, explain(error));
    } finally {
      isSending = false;
      draw();
    }
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
  return { element, set, fill, focus: () => box.focus({ preventScroll: true }), trouble: (text) => say(problem, text) };
}
