// One task: how it stands, the waterfall of the whole hand-off, and all that is known of it.

import * as api from "../base/api.js";
import { now } from "../base/clock.js";
import { h } from "../base/dom.js";
import { every } from "../base/every.js";
import { card, empty, head } from "../base/parts.js";
import { announce } from "../shell/announce.js";
import { href } from "../shell/router.js";
import { actions } from "./actions.js";
import { details } from "./details.js";
import { exactness } from "./exact.js";
import { extent, fromStatus, isOver, kin, rowsOf, under } from "./family.js";
import { historyCard } from "./history.js";
import { topOf } from "./onehead.js";
import { atMost, whileSeen } from "./pace.js";
import { papersOf } from "./papers.js";
import { look } from "./sentences.js";
import { spend } from "./spend.js";
import { verdict } from "./verdict.js";
import { verdictCard } from "./verdictcard.js";
import { waterfall } from "./waterfall.js";

/** How often the tree is read while something runs, and at most on news. */
const AGAIN_MS = 2000;
const ATMOST_MS = 1000;
const GROW_MS = 250;

export async function one(place, id, signal) {
  const top = head("Task", null, h("a", { href: href("tasks") }, "All tasks"));
  place.append(top, h("p", { class: "help task-wait" }, "Reading…"));
  const ask = treeWith(id, signal);
  const first = await ask().catch(missing);
  place.querySelector(".task-wait").remove();
  if (first === null) {
    place.append(empty("This task is not here.", "It may have been removed, or it belongs to someone else.",
      h("a", { href: href("tasks") }, "See your tasks")));
    return;
  }
  page({ place, top, id, first, ask }, signal);
}

/** Reads the tree, with the task it was asked for also where it is too large to be told whole. */
function treeWith(id, signal) {
  const exact = exactness(id, api.treePath(id), signal);
  return async () => {
    const tree = await api.tree(id, signal);
    if (!tree.tasks.some((task) => task.task_id === id)) tree.tasks.push(fromStatus(await api.status(id, signal)));
    return exact(tree);
  };
}

function missing(error) {
  if (error.status === 404 || error.status === 400) return null;
  throw error;
}

function page({ place, top, id, first, ask }, signal) {
  const mine = (tree) => tree.tasks.find((task) => task.task_id === id);
  let tree = first;
  let rows = [];
  let told = "";
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
    told = row.key + row.end;
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
  const reader = atMost(ATMOST_MS, async () => {
    const before = mine(tree).state_name;
    tree = await ask();
    draw();
    keepDetails();
    if (mine(tree).state_name !== before && isOver(mine(tree))) announce(judge(now()).text);
    if (!goesOn()) stop.abort();
  });
  const read = (atOnce = false) => reader(atOnce).catch(() => {});

  /** What is chosen may have gone on; who is in its details, or reads what has ended, keeps their place. */
  function keepDetails() {
    const row = fall.chosen();
    if (row !== null && !(row.end !== null && told === row.key + row.end) && !about.contains(document.activeElement)) tell(row);
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
  whileSeen(GROW_MS, () => fall.tick(now()), live);
  whileSeen(ATMOST_MS, () => judge(now()), live);
  every(AGAIN_MS, () => reader(), live);
}
