// The part of the page that shows one request: diagram, status, cards and timeline.

import { answerCards } from "./answer.js";
import * as api from "../base/api.js";
import { now } from "../base/clock.js";
import { diagram } from "./diagram.js";
import { byId, h, say } from "../base/dom.js";
import { explain, explainEnd } from "../base/errors.js";
import { standing, standingWord } from "./phrases.js";
import { endOf, newRun, settle, startOf } from "./run.js";
import { timeline } from "./timeline.js";
import { watch } from "./watch.js";
import { span } from "../base/words.js";

const TICK_MS = 100;
const LOST = "The connection was lost. Trying to get it back; the request goes on meanwhile.";

/**
 * `expected()` and `engine()` say what the diagram shows before anything is known;
 * `onRunning` is told whether a request is going on, `onStanding` how one stands,
 * `onAgain` gets words to ask again.
 */
export function runView({ expected, engine, onRunning, onStanding, onAgain }) {
  const draw = diagram(byId("diagram"));
  const lines = timeline(byId("timeline"), byId("timeline-none"));
  const cards = answerCards(byId("answer"));
  const cancel = byId("cancel");
  const title = byId("run-title");
  let run = null;
  let stop = new AbortController();

  function paint() {
    draw(run, expected(), engine(), now());
    const start = run && startOf(run);
    byId("run-clock").textContent = start ? span((endOf(run) ?? now()) - start) : "";
  }

  function tell() {
    const text = run === null ? "Nothing is running. Ask for something to see it handed on." : standing(run);
    const status = byId("status");
    if (status.textContent !== text) status.textContent = text;
    status.dataset.end = run === null ? "none" : run.end ?? "";
    if (run !== null) onStanding(run.id, standingWord(run));
    document.title = run === null ? "Attach Gateway" : `${text.replace(/\.$/, "")} · Attach Gateway`;
  }

  function setRunning(value) {
    if (!value && document.activeElement === cancel) title.focus({ preventScroll: true });
    cancel.hidden = !value;
    offerCancel();
    onRunning(value);
  }

  function offerCancel() {
    cancel.removeAttribute("aria-disabled");
    cancel.textContent = "Cancel";
  }

  function refresh() {
    paint();
    tell();
  }

  function again() {
    if (!run.question) return null;
    const { question } = run;
    return h("button", { type: "button", class: "quiet", onclick: () => onAgain(question) }, "Edit and ask again");
  }

  function showEnd({ end, detail }) {
    const calm = end === "canceled";
    cards.fail(calm ? "Canceled" : "No answer", explainEnd(end, detail), { calm, action: again() });
  }

  /** Links to where people see the request in Temporal, if `status` says so. */
  function pointTo(status) {
    const there = byId("temporal");
    there.hidden = !status?.temporal_url;
    if (!there.hidden) there.href = status.temporal_url;
  }

  /** Forgets the request shown; it goes on at the gateway all the same. */
  function clear() {
    stop.abort();
    stop = new AbortController();
    run = null;
    lines.clear();
    cards.clear();
    say(byId("run-question"), null);
    say(byId("link"), null);
    pointTo(null);
    setRunning(false);
    refresh();
  }

  /** Shows a request and follows it until it has ended. Gives back whether it was seen to its end. */
  async function show(id, known) {
    clear();
    const { signal } = stop;
    const shown = newRun(id, known);
    run = shown;
    say(byId("run-question"), shown.question);
    setRunning(true);
    refresh();
    const ticking = setInterval(paint, TICK_MS);
    signal.addEventListener("abort", () => clearInterval(ticking));

    try {
      const status = await api.status(id, signal);
      pointTo(status);
      if (!known.fresh) settle(shown, status);
      refresh();
      await watch(shown, {
        signal,
        onEntry(entry) {
          lines.add(shown, entry);
          if (entry.kind === "document") cards.wrote(entry.data, signal);
          refresh();
        },
        onLink(up) {
          if (signal.aborted) return;
          say(byId("link"), up || shown.end !== null ? null : LOST);
        },
      }).catch((error) => {
        // An answer outlives the events that led to it.
        if (error.status !== 404 || shown.end === null) throw error;
      });
      clearInterval(ticking);
      setRunning(false);
      refresh();
      if (shown.end === "completed") await cards.finish(shown, signal);
      else showEnd(shown);
      return true;
    } catch (error) {
      clearInterval(ticking);
      if (signal.aborted) return false;
      setRunning(false);
      if (error.status === 401) return false;
      run = null;
      refresh();
      cards.fail("This request cannot be shown", explain(error));
      return false;
    }
  }

  cancel.addEventListener("click", async () => {
    if (cancel.hasAttribute("aria-disabled")) return;
    const { signal } = stop;
    // Not `disabled`, which would take the keyboard's focus away from it.
    cancel.setAttribute("aria-disabled", "true");
    cancel.textContent = "Canceling…";
    try {
      await api.cancel(run.id);
    } catch (error) {
      if (signal.aborted || run?.end) return;
      offerCancel();
      say(byId("link"), `It was not canceled. ${explain(error)}`);
    }
  });

  return {
    show,
    clear,
    refresh,
    shown: () => run?.id ?? null,
    /** Brings the request into sight for someone who asked for it further down the page. */
    reveal() {
      title.focus({ preventScroll: true });
      byId("desk").querySelector(".run").scrollIntoView({ block: "start" });
    },
    focusCancel: () => cancel.focus({ preventScroll: true }),
  };
}
