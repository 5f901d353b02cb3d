// What is known of one request: its tasks, what happened and what was written. No page in here.

const ENDS = { completed: "done", failed: "failed", canceled: "canceled", rejected: "failed" };

export const isEnd = (kind) => Object.hasOwn(ENDS, kind);

/** `target` is whom the request is for: null is the gateway itself, undefined is not known yet. */
export function newRun(id, { question = null, target } = {}) {
  const run = {
    id,
    question,
    /** What the status call says of an ended task. */
    result: null,
    detail: null,
    /** How the request ended: a kind of event, or null while it goes on. */
    end: null,
    tasks: new Map(),
    log: [],
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
    /** When it handed on, if it did and was not called again since. */
    handedAt: null,
    endedAt: null,
    seen: new Set(),
  };
  run.tasks.set(id, task);
  return task;
}

/** Takes in one event of one task; gives back its line for the timeline, or null if known. */
export function take(run, id, event) {
  const task = run.tasks.get(id);
  if (!task || task.seen.has(event.seq)) return null;
  task.seen.add(event.seq);
  task.attempt = event.attempt ?? task.attempt;
  const data = event.data ?? {};

  switch (event.kind) {
    case "submitted":
      task.sentAt = event.at;
      task.target = data.target ?? task.target ?? null;
      break;
    case "working":
      task.state = "working";
      task.workingAt ??= event.at;
      task.handedAt = null;
      break;
    case "retry":
      task.state = "retrying";
      break;
    case "released":
      task.state = "waiting";
      break;
    case "child":
      task.state = "handed";
      task.handedAt = event.at;
      if (!run.tasks.has(data.task_id)) {
        addTask(run, data.task_id, data.target ?? null, id).sentAt = event.at;
      }
      break;
    default:
      if (isEnd(event.kind)) {
        task.state = ENDS[event.kind];
        task.endedAt = event.at;
        if (id === run.id) {
          run.end = event.kind;
          run.detail = data.detail ?? run.detail;
        }
      }
  }

  const entry = {
    task: id,
    target: task.target,
    seq: event.seq,
    at: event.at,
    kind: event.kind,
    attempt: task.attempt,
    data,
  };
  run.log.push(entry);
  return entry;
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
    run.detail = status.detail ?? status.result?.detail ?? run.detail;
    run.end ??= "failed";
  }
  if (run.end !== null) {
    root.state = ENDS[run.end];
    root.endedAt ??= milliseconds(status.updated);
  }
}

const milliseconds = (seconds) => (typeof seconds === "number" ? seconds * 1000 : null);

/** The tasks from the first to the one that has the request now. */
export function chain(run) {
  const tasks = [...run.tasks.values()];
  const steps = [run.tasks.get(run.id)];
  for (;;) {
    const next = tasks.findLast((task) => task.parent === steps.at(-1).id);
    if (!next) return steps;
    steps.push(next);
  }
}

export const startOf = (run) => run.tasks.get(run.id).sentAt;
export const endOf = (run) => run.tasks.get(run.id).endedAt;

/** The answer's text, and the ids of the memories that hold the plan and the code. */
export function answerOf(run) {
  const content = run.result?.choices?.[0]?.message?.content;
  return {
    text: typeof content === "string" ? content : "",
    plan: run.result?.attach?.plan_id ?? null,
    code: run.result?.attach?.code_id ?? null,
  };
}
