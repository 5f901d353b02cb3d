// The box where a request is typed.

import { byId, h, say } from "../base/dom.js";
import { explain } from "../base/errors.js";
import { newKey } from "../base/key.js";

const SAMPLES = [
  "Write Python to sort a list",
  "Reverse a string in Rust",
  "Find large files with a shell script",
];

/** `onAsk(question, key)` sends the request; the box is emptied once it was taken. */
export function askBox(onAsk) {
  const form = byId("ask-form");
  const box = byId("question");
  const button = byId("ask-go");
  const problem = byId("ask-error");
  let sending = false;
  let running = false;
  /** The key of a request that may or may not have reached the gateway. */
  let unsure = null;

  const update = () => {
    button.disabled = sending || running;
    button.textContent = sending ? "Sending…" : "Ask";
  };

  byId("samples").append(
    ...SAMPLES.map((text) =>
      h("button", { type: "button", class: "sample", onclick: () => fill(text) }, text)),
  );

  box.addEventListener("keydown", (event) => {
    if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
    event.preventDefault();
    if (!button.disabled) form.requestSubmit();
  });

  box.addEventListener("input", () => say(problem, null));

  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    const question = box.value.trim();
    if (sending || running) return;
    if (question === "") {
      say(problem, "Type what you need first.");
      box.focus();
      return;
    }
    const key = unsure?.question === question ? unsure.key : newKey();
    sending = true;
    update();
    say(problem, null);
    try {
      await onAsk(question, key);
      unsure = null;
      box.value = "";
    } catch (error) {
      unsure = error.status === 0 || error.status >= 500 ? { question, key } : null;
      if (error.status !== 401) say(problem, explain(error));
    } finally {
      sending = false;
      update();
    }
  });

  function fill(text) {
    box.value = text;
    say(problem, null);
    box.focus();
  }

  return {
    fill,
    focus: () => box.focus(),
    goes: (text) => say(byId("ask-goes"), text),
    setRunning(value) {
      running = value;
      update();
    },
    clear() {
      box.value = "";
      unsure = null;
      say(problem, null);
    },
  };
}
