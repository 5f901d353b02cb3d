// What is known of one request: its tasks and how they stand. No page in here.

const ENDS = { completed: "done", failed: "failed", canceled: "canceled", rejected: "failed" };
const ASKS = new Set(["input-required", "auth-required"]);

export const isEnd = (kind) => Object.hasOwn(ENDS, kind);

/** `target` is whom the request is for: null is the gateway itself, undefined is not known yet. */
export function newRun(id, { target } = {}) {
  const run = {
    id,
    /** What the status call says of an ended task. */
    result: null,
    detail: null,
    /** How the request ended: a kind of event, or null while it goes on. */
    end: null,
    /** Tasks by id, in the order in which they were heard of. */
    tasks: new Map(),
  };
  addTask(run, id, target, null);
  return run;
}

function addTask(run, id, target, parent) {
  const task = {
    id,
    target,
    parent,
    state: "waiting",
    attempt: 1,
    sentAt: null,
    workingAt: null,
    endedAt: null,
    /** What it wants to know from the person, while it waits for that. */
    asks: null,
    /** The number of the last event that was taken in. */
    last: 0,
    children: [],
    artifacts: new Set(),
    calls: [],
  };
  run.tasks.set(id, task);
  run.tasks.get(parent)?.children.push(task);
  return task;
}

/** Takes in one event of one task; gives back what there is to tell of it, or null if it is known. */
export function take(run, id, event) {
  const task = run.tasks.get(id);
  if (!task || event.seq <= task.last) return null;
  task.last = event.seq;
  task.attempt = event.attempt || task.attempt;
  const data = event.data ?? {};
  const said = textOf(event.message?.parts);
  const entry = { task: id, target: task.target, seq: event.seq, at: event.at, kind: event.kind, attempt: task.attempt, data, said };
  if (isEnd(event.kind)) finish(run, task, event.kind, event.at, data.detail);
  else STEPS[event.kind]?.(run, task, event.at, data, entry);
  if (ASKS.has(event.kind)) Object.assign(task, { state: "asking", asks: { text: said, login: event.kind === "auth-required" } });
  entry.target = task.target;
  return entry;
}

const STEPS = {
  submitted(run, task, at, data) {
    task.sentAt = at;
    task.target = data.target ?? task.target ?? null;
  },
  working(run, task, at) {
    task.workingAt ??= at;
    goOn(task);
  },
  // The person's answer to what it asked.
  message: (run, task) => goOn(task),
  retry(run, task) {
    task.state = "retrying";
  },
  released(run, task) {
    task.state = "waiting";
  },
  child(run, task, at, data) {
    task.state = "handed";
    if (!run.tasks.has(data.task_id)) addTask(run, data.task_id, data.target ?? null, task.id).sentAt = at;
  },
  artifact(run, task, at, data, entry) {
    const name = data.artifact?.artifactId;
    entry.more = name === undefined || task.artifacts.has(name);
    if (name !== undefined) task.artifacts.add(name);
  },
};

function goOn(task) {
  task.state = "working";
  task.asks = null;
}

function finish(run, task, kind, at, detail) {
  Object.assign(task, { state: ENDS[kind], endedAt: at, asks: null, detail });
  if (task.id === run.id) {
    run.end = kind;
    run.detail = detail ?? run.detail;
  }
  // Whoever waited for all of them has the work again.
  const parent = run.tasks.get(task.parent);
  if (parent?.state === "handed" && parent.children.every((child) => child.endedAt !== null)) parent.state = "working";
}

/** Takes in what the status call says. */
export function settle(run, status) {
  const root = run.tasks.get(run.id);
  root.target = status.target ?? root.target ?? null;
  root.sentAt ??= milliseconds(status.created);
  if (status.state === "done") {
    run.result = status.result ?? null;
    run.end ??= "completed";
  } else if (status.state === "error") {
    run.result = status.result ?? null;
    run.detail = status.detail ?? status.result?.detail ?? run.detail;
    run.end ??= "failed";
  }
  if (run.end !== null) {
    root.state = ENDS[run.end];
    root.endedAt ??= milliseconds(status.updated);
  }
}

const milliseconds = (seconds) => (typeof seconds === "number" ? seconds * 1000 : null);

/** Takes in what the tree says: tasks that were not heard of, and the calls of engines. */
export function learn(run, tree) {
  const above = [...(tree.tasks ?? [])].sort((a, b) => (a.depth ?? 0) - (b.depth ?? 0));
  for (const each of above) {
    if (run.tasks.has(each.task_id) || !run.tasks.has(each.parent)) continue;
    addTask(run, each.task_id, each.target, each.parent).sentAt = each.created_ms ?? null;
  }
  for (const each of above) {
    const task = run.tasks.get(each.task_id);
    if (task) seen(task, each);
  }
  for (const task of run.tasks.values()) task.calls = [];
  for (const call of tree.calls ?? []) run.tasks.get(call.task_id)?.calls.push(call);
}

/** What the tree says of a task whose events are not heard. */
function seen(task, { state_name: state, attempt, updated_ms: updated }) {
  if (task.last > 0) return;
  task.attempt = attempt || task.attempt;
  if (isEnd(state)) Object.assign(task, { state: ENDS[state], endedAt: updated ?? null });
  else if (state === "working") task.state = "working";
  if (task.state === "working") task.workingAt ??= task.sentAt;
}

export const rootOf = (run) => run.tasks.get(run.id);
export const startOf = (run) => rootOf(run).sentAt;
export const endOf = (run) => rootOf(run).endedAt;
/** The task that waits for the person, if one does. */
export const askingOf = (run) => (run.end === null ? [...run.tasks.values()].find((task) => task.asks !== null) ?? null : null);

/** The text in the parts of a message. */
export const textOf = (parts) =>
  Array.isArray(parts) ? parts.map((part) => part?.text).filter((text) => typeof text === "string").join("\n") : "";

/** Tokens and calls of the whole request. */
export function sums(run) {
  const calls = [...run.tasks.values()].flatMap((task) => task.calls);
  return total(calls);
}

/** The same of some calls. */
export function total(calls) {
  const sum = (name) => calls.reduce((all, call) => all + (call[name] ?? 0), 0);
  return { calls: calls.length, in: sum("tokens_in"), out: sum("tokens_out"), ms: sum("duration_ms") };
}
