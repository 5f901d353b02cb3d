// A turn with an agent: the hand-off draws itself, and what is written is shown as it comes.

import { status } from "../base/api.js";
import { announce, h, say } from "../base/dom.js";
import { explain } from "../base/errors.js";
import { familyOf } from "../base/handoff.js";
import { spoken } from "../base/result.js";
import { toneOf } from "../base/state.js";
import { now } from "../base/time.js";
import { title } from "../shell/desk.js";
import { href } from "../shell/router.js";
import { verdict } from "../tasks/verdict.js";
import { cards } from "./cards.js";
import { askingIn, drawing, steps } from "./drawing.js";
import { timeline } from "./timeline.js";
import { watch } from "./watch.js";

const PAINT_MS = 40;

/**
 * Shows the task `id` and follows it to its end. `onAsk(task)` is told which one waits for the person, or null.
 * `keep(card)` keeps what is written in sight. Gives back the answer; null where there is none.
 */
export async function agentTurn(place, { id, signal, keep, onAsk }) {
  const page = panel(id);
  const pieces = h("div", { class: "pieces-of-turn" });
  const written = cards(pieces, { signal, keep });
  const events = [];
  let tree = null;
  let timer = null;
  let told = "";
  place.append(page.element, pieces);

  function paint() {
    timer = null;
    const family = familyOf(tree);
    const root = family.get(id);
    const news = events.splice(0);
    for (const { event, task } of news) written.take(event, task);
    page.lines.add(news, root.created_ms);
    page.draw(steps(root, now()));
    tell(root, family);
  }

  function tell(root, family) {
    const { text, cause } = verdict(tree, id, now());
    say(page.standing, text);
    page.standing.dataset.tone = toneOf(root.state_name);
    const asks = askingIn(root);
    // Not each second that goes by: when it stands otherwise, or another is at work.
    const news = [root.state_name, cause, family.get(cause)?.state_name, asks?.task_id].join(" ");
    if (news === told) return;
    told = news;
    onAsk(asks);
    if (asks !== null) pieces.lastElementChild?.scrollIntoView({ block: "center" });
    if (!place.isConnected) return;
    title(`Ask: ${root.state_name}`);
    announce(text);
  }

  // Not with the frames of the screen: in a hidden tab the title still tells how it stands.
  const refresh = () => { timer ??= setTimeout(paint, PAINT_MS); };

  try {
    await watch(id, {
      signal,
      isSeen: () => place.isConnected,
      onTree(now) {
        tree = now;
        refresh();
      },
      onEvent(event, task) {
        events.push({ event, task });
        refresh();
      },
    });
    paint();
    if (familyOf(tree).get(id).state_name !== "completed") return null;
    const { result } = await status(id, signal);
    await written.finish(id, result);
    return spoken(result);
  } catch (error) {
    if (!signal.aborted) say(page.standing, explain(error));
    return null;
  } finally {
    clearTimeout(timer);
    written.end();
  }
}

/** What stands in a turn of an agent. */
function panel(id) {
  const { element: tree, draw } = drawing();
  const lines = timeline();
  const standing = h("p", { class: "told", dir: "auto" }, "Opening the request…");
  const element = h("section", { class: "card handoff", "aria-label": "Hand-off" },
    h("div", { class: "row" }, h("h3", {}, "Hand-off"), h("a", { href: href("tasks", id) }, "Open the waterfall")),
    standing, h("div", { class: "both" }, tree, lines.element));
  return { element, draw, lines, standing };
}
