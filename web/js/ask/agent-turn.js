// A turn with an agent: the hand-off draws itself, and what is written is shown as it comes.

import { now } from "../base/time.js";
import { h, say } from "../base/dom.js";
import { explain, explainEnd } from "../base/errors.js";
import { isOver } from "../base/state.js";
import { button } from "../base/parts.js";
import { spoken, textOf } from "../base/result.js";
import { announce, title } from "../shell/desk.js";
import { cards } from "./cards.js";
import { drawing } from "./drawing.js";
import { askingIn, effort, standing, steps } from "./run.js";
import { timeline } from "./timeline.js";
import { waterfall } from "./turn.js";
import { watch } from "./watch.js";

const TICK_MS = 200;
const PAINT_MS = 40;

/**
 * Shows the task `id` in a turn and follows it to its end. `onChange(task, isOver)` is told when an
 * agent waits for the person (`task`) or no longer, and of the end; `onAgain` takes the question up
 * again. Gives back `{ answer, note }`.
 */
export async function agentTurn(element, { id, number, signal, onChange, onAgain }) {
  const page = panel(id, number);
  const pieces = h("div", { class: "turn" });
  const written = cards(pieces, id, signal);
  const questions = new Map();
  let root = null;
  let told = "";
  let timer = null;
  element.append(page.element, pieces);

  function paint() {
    timer = null;
    if (root === null) return;
    page.lines.draw(root.created_ms);
    page.draw(steps(root, now()));
    say(page.effort, effort(root, now()));
    tell(standing(root));
    ask(askingIn(root), isOver(root));
  }

  function tell(text) {
    if (page.status.textContent === text) return;
    say(page.status, text);
    page.status.dataset.end = root.state_name;
    title(text.replace(/\.$/, ""));
    announce(text);
  }

  function ask(task, isOver) {
    const words = task && (questions.get(task.task_id) || "It did not say what it needs.");
    say(page.asks, words?.slice(0, 20_000));
    const change = `${task?.task_id} ${isOver}`;
    if (change !== told) onChange(task, isOver);
    told = change;
  }

  // Not with the frames of the screen: in a hidden tab the title still tells how it stands.
  const refresh = () => { timer ??= setTimeout(paint, PAINT_MS); };
  const ticking = setInterval(() => { if (!document.hidden) refresh(); }, TICK_MS);

  function take(event, task) {
    page.lines.add(event, task);
    written.take(event, task);
    if (event.kind.endsWith("-required")) questions.set(task.task_id, textOf(event.message?.parts));
    refresh();
  }

  try {
    const { result, detail } = await watch(id, { signal, onEvent: take, onTree: (tree) => { root = tree; refresh(); } });
    const end = root.state_name;
    if (end === "completed") {
      await written.finish(result);
      return { answer: spoken(result), note: null };
    }
    written.fail(end === "canceled" ? "Stopped" : "No answer", explainEnd(end, detail ?? result?.detail), onAgain && button("Edit and ask again", onAgain));
    return { answer: "", note: standing(root) };
  } catch (error) {
    if (signal.aborted || error.status === 401) throw error;
    written.fail("This request cannot be shown", explain(error));
    return { answer: "", note: null };
  } finally {
    clearInterval(ticking);
    clearTimeout(timer);
    if (!signal.aborted) paint();
  }
}

/** What stands in a turn of an agent. */
function panel(id, number) {
  const { element: tree, draw } = drawing();
  const lines = timeline();
  const effort = h("span", { class: "help effort" });
  const status = h("p", { class: "status" }, "Opening the request.");
  const asks = h("p", { class: "notice prose asks", dir: "auto", hidden: true });
  const element = h("section", { class: "card handoff", "aria-label": number === 1 ? "Hand-off" : `Hand-off of turn ${number}` },
    h("div", { class: "row" }, h("h3", {}, "Hand-off"), effort, waterfall(id)),
    h("div", { class: "both" }, tree, lines.element),
    status, asks);
  return { element, draw, lines, effort, status, asks };
}
