// Puts the page together: signs in, loads what it needs, and connects its parts.

import * as api from "./api.js";
import { askBox } from "./ask.js";
import { byId, say } from "./dom.js";
import { explain } from "./errors.js";
import { openTask, setOpenTask } from "./place.js";
import { recentList } from "./recent.js";
import * as session from "./session.js";
import { signIn } from "./signin.js";
import { runView } from "./view.js";

const PLANNER = "planner";
const CODER = "coder";
const PANELS = ["signin", "trouble", "desk"];

/** What was typed in this page, by task. */
const typed = new Map();
let target = PLANNER;
let expected = [PLANNER, CODER];
let engineName = "";

const view = runView({
  expected: () => expected,
  engine: () => engineName,
  onRunning: (running) => ask.setRunning(running),
  onStanding: (id, word) => recent.standing(id, word),
  onAgain: (question) => ask.fill(question),
});

const ask = askBox(async (question, key) => {
  const sent = await api.send(target, question, key);
  typed.set(sent.task_id, question);
  setOpenTask(sent.task_id);
  follow(sent.task_id, { fresh: true });
  view.focusCancel();
});

const recent = recentList(byId("recent"), byId("recent-none"), {
  nameOf: (id) => typed.get(id),
  onOpen(id) {
    setOpenTask(id);
    follow(id);
    view.reveal();
  },
});

const who = signIn(() => enter(null));

function panel(name) {
  for (const each of PANELS) byId(each).hidden = each !== name;
  byId("account").hidden = name !== "desk";
}

async function follow(id, { fresh = false } = {}) {
  recent.select(id);
  if (fresh) recent.refresh();
  const question = typed.get(id) ?? null;
  const done = await view.show(id, { question, target: fresh ? target : undefined, fresh });
  if (done) recent.refresh();
}

/** Someone is signed in: shows the desk. */
function enter(user) {
  say(byId("account-name"), user ?? "Signed in with a token");
  panel("desk");
  ask.goes("");
  view.clear();
  loadAgents();
  loadEngine();
  recent.refresh();
  const task = openTask();
  if (task === null) ask.focus();
  else follow(task);
}

async function loadAgents() {
  let names;
  try {
    names = (await api.agents()).map((agent) => agent.name);
  } catch (error) {
    ask.goes(error.status === 401 ? "" : `The list of agents cannot be read. ${explain(error)}`);
    return;
  }
  target = names.includes(PLANNER) ? PLANNER : null;
  expected = target === null ? [null] : [PLANNER, CODER].filter((name) => names.includes(name));
  ask.goes(target === null
    ? "No planner is set up here, so your request goes straight to the gateway's own chat."
    : names.includes(CODER)
      ? "The planner makes a plan and hands it to the coder."
      : "The planner takes your request. No coder is set up here to hand it to.");
  view.refresh();
}

async function loadEngine() {
  const models = await api.models().catch(() => []);
  engineName = models.length === 1 ? String(models[0].id) : models.length > 1 ? `${models.length} models` : "";
  view.refresh();
}

async function loadFoot() {
  const health = await api.health().catch(() => null);
  byId("foot").textContent = health?.version ? `Attach Gateway ${health.version}` : "Attach Gateway";
}

/** Back to the panel. What was on the desk is taken off it. */
async function leaveDesk(reason) {
  view.clear();
  recent.clear();
  askToSignIn(reason);
  const found = await api.session().catch(() => null);
  who.offer(found?.login);
}

function askToSignIn(reason) {
  document.title = "Sign in · Attach Gateway";
  panel("signin");
  who.ask(reason);
}

session.onLost(() =>
  leaveDesk("You were signed out because your session or token has expired. Sign in again to go on; what was running goes on."));

byId("leave").addEventListener("click", async () => {
  if (session.hasCookie()) {
    try {
      await api.signOut();
    } catch (error) {
      if (error.status !== 401) say(byId("link"), `You are still signed in. ${explain(error)}`);
      return;
    }
  }
  session.close();
  typed.clear();
  ask.clear();
  setOpenTask(null);
  leaveDesk(null);
});

addEventListener("popstate", () => {
  if (!session.signedIn()) return;
  const task = openTask();
  if (task === view.shown()) return;
  if (task === null) {
    view.clear();
    recent.select(null);
  } else {
    follow(task);
  }
});

async function start() {
  try {
    const found = await api.session();
    if (found.user === null) {
      who.offer(found.login);
      askToSignIn();
    } else {
      session.openCookie(found);
      enter(found.user);
    }
  } catch (error) {
    panel("trouble");
    say(byId("trouble-why"), explain(error));
  }
}

byId("trouble-again").addEventListener("click", () => {
  start();
  loadFoot();
});

start();
loadFoot();
