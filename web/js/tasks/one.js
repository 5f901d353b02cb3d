// One task: how it stands, the waterfall of the whole hand-off, and all that is known of it.

import * as api from "../base/api.js";
import { now } from "../base/clock.js";
import { h } from "../base/dom.js";
import { every } from "../base/every.js";
import { button, card, empty, head, stateChip } from "../base/parts.js";
import { moment } from "../base/time.js";
import { announce } from "../shell/announce.js";
import { title } from "../shell/desk.js";
import { go, href } from "../shell/router.js";
import { actions } from "./actions.js";
import { details } from "./details.js";
import { extent, fromStatus, isOver, kin, path, rowsOf, under } from "./family.js";
import { short } from "./filters.js";
import { historyCard } from "./history.js";
import { beginWith } from "./left.js";
import { inputCard, resultCard, triesCard } from "./papers.js";
import { look } from "./sentences.js";
import { spend } from "./spend.js";
import { verdict } from "./verdict.js";
import { verdictCard } from "./verdictcard.js";
import { waterfall } from "./waterfall.js";
import { titleOf, who } from "./who.js";

/** How often the tree is read while something runs, and at most on news. */
const AGAIN_MS = 2000;
const ATMOST_MS = 1000;
const GROW_MS = 250;

export async function one(place, id, signal) {
  const top = head("Task", null, h("a", { href: href("tasks") }, "All tasks"));
  place.append(top, h("p", { class: "help task-wait" }, "Reading…"));
  const first = await treeWith(id, signal).catch(missing);
  place.querySelector(".task-wait").remove();
  if (first === null) {
    place.append(empty("This task is not here.", "It may have been removed, or it belongs to someone else.",
      h("a", { href: href("tasks") }, "See your tasks")));
    return;
  }
  page(place, top, id, first, signal);
}

/** The tree, with the task it was asked for also where it is too large to be told whole. */
async function treeWith(id, signal) {
  const tree = await api.tree(id, signal);
  if (!tree.tasks.some((task) => task.task_id === id)) tree.tasks.push(fromStatus(await api.status(id, signal)));
  return tree;
}

function missing(error) {
  if (error.status === 404 || error.status === 400) return null;
  throw error;
}

function page(place, top, id, first, signal) {
  const mine = (tree) => tree.tasks.find((task) => task.task_id === id);
  let tree = first;
  let rows = [];
  const heading = topOf(top);
  const standing = verdictCard((key) => {
    fall.choose(key);
    tell(fall.chosen());
    fall.element.scrollIntoView({ block: "nearest" });
  });
  const about = h("aside", { class: "wf-details", "aria-label": "The chosen row" });
  const fall = waterfall({ isMine: (row) => row.key === `task:${id}`, onChoose: tell }, signal);
  const did = actions({ onCanceled: () => read(true), onFocusLost: () => top.querySelector("h1").focus({ preventScroll: true }) }, signal);
  const cut = h("p", { class: "notice", hidden: true }, "This hand-off is too large to be shown whole: the first part of it is.");
  const papers = papersOf(id, signal);
  const events = historyCard({
    id, target: mine(first).target, zero: mine(first).created_ms,
    isOver: () => isOver(mine(tree)), onEvent: () => read(),
  }, signal);

  function tell(row) {
    if (row === null) return;
    about.replaceChildren(...details(row, { mine: id, now: now(), zero: extent(rows, now()).from, zoomTo: fall.zoomTo }).filter(Boolean));
  }

  function draw() {
    const at = now();
    const task = mine(tree);
    rows = rowsOf(tree);
    fall.set(rows, at);
    heading(task, tree);
    judge(at);
    cut.hidden = !tree.cut;
    did.update(task, under(id, kin(tree)).filter((each) => each !== task && !isOver(each)).length);
    papers.update(task);
  }

  function judge(at) {
    const sums = spend(tree, id, at);
    const found = verdict(tree, id, sums, at);
    standing.update(found, sums, look({ kind: "task", item: mine(tree), end: isOver(mine(tree)) ? 0 : null }));
    return found;
  }

  const goesOn = () => tree.tasks.some((task) => !isOver(task));
  const reader = reading(async () => {
    const before = mine(tree).state_name;
    tree = await treeWith(id, signal);
    draw();
    keepDetails();
    if (mine(tree).state_name !== before && isOver(mine(tree))) announce(judge(now()).text);
    if (!goesOn()) stop.abort();
  });
  const read = (atOnce = false) => reader(atOnce).catch(() => {});

  /** What is chosen may have gone on; who is in its details keeps their place. */
  function keepDetails() {
    if (!about.contains(document.activeElement)) tell(fall.chosen());
  }

  place.append(did.place, did.told, standing.element,
    card("Waterfall", cut, h("div", { class: "wf-whole" }, fall.element, about)),
    papers.element, events);
  draw();
  const found = judge(now());
  fall.choose(found.cause ?? `task:${id}`);
  tell(fall.chosen());

  const stop = new AbortController();
  const live = AbortSignal.any([signal, stop.signal]);
  if (!goesOn()) return;
  grow(live, GROW_MS, () => fall.tick(now()));
  grow(live, ATMOST_MS, () => judge(now()));
  every(AGAIN_MS, () => reader(), live);
}

/** Reads at most once in a while, and never twice at the same time; who asks meanwhile waits. */
function reading(act) {
  let last = 0;
  let busy = null;
  return function again(atOnce = false) {
    if (busy !== null) return busy;
    const wait = atOnce ? 0 : Math.max(0, last + ATMOST_MS - Date.now());
    busy = new Promise((resolve) => { setTimeout(resolve, wait); })
      .then(() => { last = Date.now(); return act(); })
      .finally(() => { busy = null; });
    return busy;
  };
}

function grow(signal, ms, tick) {
  const timer = setInterval(() => { if (!document.hidden) tick(); }, ms);
  signal.addEventListener("abort", () => clearInterval(timer));
}

/** The head: what was asked, whom, when, and the way down to it. */
function topOf(top) {
  const h1 = top.querySelector("h1");
  const line = h("div", { class: "task-line" });
  h1.after(line);
  h1.dir = "auto";
  h1.classList.add("task-title");
  let shown = "";

  return (task, tree) => {
    const state = `${task.state_name} ${task.detail ?? ""}`;
    if (shown === state) return;
    shown = state;
    h1.textContent = titleOf(task);
    title(`Task: ${task.state_name}`);
    line.replaceChildren(stateChip(task), way(task, kin(tree)), moment(task.created_ms, "day"), bySession(task) ?? "");
  };
}

/** Leads to all tasks of the same session. */
function bySession({ session_id: session }) {
  if (!session) return null;
  const open = () => {
    beginWith({ session });
    go("tasks");
  };
  return button(`Session ${short(session)}`, open, { look: "task-session", title: `All tasks of the session ${session}` });
}

function way(task, family) {
  const names = path(task.task_id, family);
  if (names.length < 2) return h("span", { class: "foreign", dir: "auto" }, who(task.target));
  return h("nav", { class: "way", "aria-label": "Handed on from" }, h("ol", {}, ...names.map((each) =>
    h("li", {}, each === task
      ? h("span", { "aria-current": "page", dir: "auto" }, who(each.target))
      : h("a", { href: href("tasks", each.task_id), dir: "auto" }, who(each.target))))));
}

/** Tries, result and input; each drawn anew only when it has changed. */
function papersOf(id, signal) {
  const places = { tries: h("div", {}), result: h("div", {}), input: h("div", {}) };
  const known = {};

  function put(name, sign, make) {
    if (known[name] === sign) return;
    known[name] = sign;
    const made = make();
    places[name].replaceChildren(...(made === null ? [] : [made]));
    places[name].hidden = made === null;
  }

  async function fetchResult(task) {
    const found = await api.status(id, signal).catch(() => null);
    if (found) put("result", "fetched", () => resultCard(found.result, task.detail));
  }

  return {
    element: h("div", { class: "papers" }, ...Object.values(places)),
    update(task) {
      put("tries", JSON.stringify(task.attempts ?? []), () => triesCard(task));
      put("input", "", () => inputCard(task));
      const bare = task.result === null || task.result === undefined;
      if (known.result !== "fetched") put("result", `${bare}${task.updated_ms}`, () => resultCard(task.result, task.detail));
      // What is too long for the tree stands in the status of its task.
      if (bare && task.state_name === "completed" && known.result !== "fetched") fetchResult(task);
    },
  };
}
