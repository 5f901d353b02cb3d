// The box where a request is typed, with the buttons to send and to stop it.

import { h, say } from "../base/dom.js";
import { explain } from "../base/errors.js";
import { button } from "../base/parts.js";
import { onClose } from "../base/session.js";

/** What is typed, for someone who looks at another view and comes back. */
let draft = "";
onClose(() => { draft = ""; });

/** `onSend(text)` sends what was typed; the box is emptied of it once it was taken. */
export function composer(onSend) {
  const label = h("label", { for: "question", class: "big" });
  const box = h("textarea", { id: "question", rows: "3", required: true, dir: "auto", "aria-describedby": "ask-error", enterkeyhint: "send" });
  const problem = h("p", { id: "ask-error", class: "notice bad", role: "alert", hidden: true });
  const go = h("button", { class: "primary" });
  const stop = button("Stop", () => mode.stop(), { look: "quiet danger" });
  const keys = h("p", { class: "help keys" }, "Enter sends, Shift + Enter begins a new line");
  const element = h("form", { class: "composer" }, label, box, problem, h("div", { class: "row" }, keys, stop, go));
  let mode = {};
  let isSending = false;
  /** What stands in the box without having been typed. */
  let filled = "";

  function put(text) {
    box.value = text;
    draft = text;
  }

  /** What was typed while it was sent stays. */
  function without(text) {
    const typed = box.value.trim();
    return typed.startsWith(text) ? typed.slice(text.length).trim() : typed;
  }

  function draw() {
    go.textContent = isSending ? "Sending…" : mode.sends ?? "";
    const focused = document.activeElement;
    go.hidden = mode.sends === null && !isSending;
    stop.hidden = mode.stop === null;
    if ([go, stop].includes(focused) && focused.hidden) box.focus();
  }

  /** `label` says what the box is for, `sends` is the word on its button, null while there is nothing to send; `stop()` stops what runs. */
  function set({ label: text, sends, stop = null }) {
    label.textContent = text;
    mode = { sends, stop };
    say(problem, null);
    draw();
  }

  async function send() {
    const text = box.value.trim();
    if (isSending || text === "") return;
    if (mode.sends === null) return say(problem, "The last request is still running. Wait for its end, or stop it first.");
    isSending = true;
    draft = "";
    say(problem, null);
    draw();
    try {
      await onSend(text);
      if (box.isConnected || draft === box.value) put(without(text));
    } catch (error) {
      if (error.status === 401 || error.name === "AbortError") return;
      draft ||= box.value;
      say(problem, explain(error));
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
  box.addEventListener("input", () => {
    draft = box.value;
    say(problem, null);
  });
  element.addEventListener("submit", (event) => {
    event.preventDefault();
    send();
  });
  put(draft);
  set({ label: "What do you need?", sends: "Ask" });

  return {
    element,
    set,
    /** Puts an example in place of another; after what was typed, if there is something. */
    fill(text) {
      const typed = box.value === filled ? "" : box.value.trim();
      put(typed === "" ? text : `${typed}\n\n${text}`);
      filled = typed === "" ? text : "";
      say(problem, null);
      box.focus();
    },
    focus: () => box.focus({ preventScroll: true }),
    trouble: (text) => say(problem, text),
  };
}
