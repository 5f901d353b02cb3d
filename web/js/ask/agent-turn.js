// A turn with an agent: the hand-off draws itself, and what is written is shown as it comes.

import * as api from "../base/api.js";
import { now } from "../base/clock.js";
import { h } from "../base/dom.js";
import { explain, explainEnd } from "../base/errors.js";
import { button } from "../base/parts.js";
import { span } from "../base/words.js";
import { announce } from "../shell/announce.js";
import { title } from "../shell/desk.js";
import { cards } from "./cards.js";
import { drawing } from "./drawing.js";
import { effort, standing } from "./phrases.js";
import { read, spoken } from "./result.js";
import { askingOf, endOf, newRun, settle, startOf } from "./run.js";
import { steps } from "./steps.js";
import { timeline } from "./timeline.js";
import { waterfall } from "./turn.js";
import { watch } from "./watch.js";

const TICK_MS = 200;
const PAINT_MS = 40;

/**
 * Shows a task in the parts of a turn and follows it to its end. `onAsks(task | null)` is told when
 * an agent waits for the person, `onEnd()` when nothing runs any more; `onAgain` asks again. Gives back the answer's text.
 */
export async function agentTurn({ body, number }, { id, target, known = null, signal, onAsks, onEnd, onAgain }) {
  const run = newRun(id, { target });
  const page = panel(body, id, number);
  const pieces = cards(page.pieces, signal);
  const lines = timeline(page.steps);
  let timer = null;
  let said = "";
  let asking = null;

  function paint() {
    timer = null;
    page.draw(steps(run, now()));
    lines.draw();
    const start = startOf(run);
    page.clock.textContent = start === null ? "" : span((endOf(run) ?? now()) - start);
    page.effort.textContent = effort(run, run.end === null ? null : read(run.result).usage);
    page.summary.textContent = `What happened, step by step (${lines.count().toLocaleString("en-GB")})`;
    tell();
  }

  function tell() {
    const text = standing(run);
    if (text === said) return;
    said = text;
    page.status.textContent = text;
    page.status.dataset.end = run.end ?? "";
    title(text.replace(/\.$/, ""));
    announce(text);
    if (run.end !== null) {
      page.ask(null);
      onEnd();
      return;
    }
    if (askingOf(run) === asking) return;
    asking = askingOf(run);
    page.ask(asking);
    onAsks(asking);
  }

  // Not with the frames of the screen: in a hidden tab the title still tells how it stands.
  const refresh = () => { timer ??= setTimeout(paint, PAINT_MS); };
  const ticking = setInterval(() => { if (!document.hidden) refresh(); }, TICK_MS);
  signal.addEventListener("abort", () => clearInterval(ticking));

  function take(entry) {
    lines.add(run, entry);
    if (entry.kind === "document") pieces.wrote(entry);
    if (entry.kind === "artifact" && entry.data.artifact) pieces.addArtifact(entry);
    refresh();
  }

  try {
    if (known !== null) settle(run, known);
    paint();
    await watch(run, { signal, onEntry: take, onTree: refresh }).catch((error) => {
      // An answer outlives the events that led to it.
      if (error.status !== 404 || run.end === null) throw error;
    });
    if (run.end === "completed") await pieces.finish(run);
    else pieces.fail(run.end === "canceled" ? "Stopped" : "No answer", explainEnd(run.end, run.detail), { calm: run.end === "canceled", action: again(onAgain) });
    return { answer: run.end === "completed" ? spoken(run.result) : "", end: run.end };
  } catch (error) {
    if (signal.aborted || error.status === 401) throw error;
    pieces.fail("This request cannot be shown", explain(error));
    return { answer: "", end: null };
  } finally {
    clearInterval(ticking);
    clearTimeout(timer);
    if (!signal.aborted) paint();
  }
}

const again = (onAgain) => (onAgain === null ? null : button("Edit and ask again", onAgain));

/** What stands in a turn of an agent. */
function panel(body, id, number) {
  const { element, draw } = drawing();
  const clock = h("span", { class: "clock" });
  const status = h("p", { class: "status" });
  const effortOf = h("p", { class: "help effort" });
  const asks = h("div", { class: "asks notice", hidden: true });
  const there = h("a", { target: "_blank", rel: "noopener noreferrer", hidden: true }, "See it in Temporal");
  const summary = h("summary", {});
  const stepsOf = h("details", { class: "happened", open: matchMedia("(min-width: 64rem)").matches }, summary);
  const pieces = h("div", { class: "texts" });
  const hand = h("section", { class: "card handoff", "aria-label": number === 1 ? "Hand-off" : `Hand-off of turn ${number}` },
    h("div", { class: "handoff-head" }, h("h3", {}, "Hand-off"), clock, there, waterfall(id)),
    element, status, effortOf, asks);
  body.append(hand, h("div", { class: "outcome" }, pieces, h("div", { class: "card side" }, stepsOf)));
  temporal(there, id);
  return {
    draw,
    clock,
    status,
    effort: effortOf,
    summary,
    steps: stepsOf,
    pieces,
    ask(task) {
      asks.hidden = task === null;
      if (task === null) return;
      const words = task.asks.text || (task.asks.login ? "It wants you to sign in somewhere first." : "It did not say what.");
      asks.replaceChildren(h("p", { class: "prose", dir: "auto" }, words.slice(0, 20_000)));
    },
  };
}

/** Links to where people see the task in Temporal, if the gateway says so. */
function temporal(link, id) {
  api.status(id).then(({ temporal_url: url }) => {
    if (!/^https?:/.test(url ?? "")) return;
    link.href = url;
    link.hidden = false;
  }, () => {});
}
