// Follows the events of one task to its end, reconnecting where a connection was dropped.

import { eventsPath, status } from "./api.js";
import { HttpError, open } from "./http.js";
import { backoff, onBack } from "./link.js";
import { isEnd } from "./state.js";

/** Connections may die in silence: after so long each is made anew. */
const LONGEST_MS = 90_000;
const LONGEST_WAIT_MS = 15_000;
const HIDDEN_MS = 1000;

/** Calls `onEvent` for each event after number `after`, once and in order, until the task has ended. */
export async function follow(task, { signal, onEvent, after = 0 }) {
  let last = after;
  let isOver = false;

  const take = (data) => {
    const event = JSON.parse(data);
    if (event.seq <= last) return;
    last = event.seq;
    onEvent(event);
    isOver ||= isEnd(event.kind);
  };

  for (let tries = 0; ; tries += 1) {
    const [before, begun] = [last, Date.now()];
    try {
      await read(task, last, signal, take);
      // Closed without an end: there may be more, unless nothing came at all.
      if (last === before) isOver ||= ["done", "error"].includes((await status(task, signal)).state);
    } catch (error) {
      signal.throwIfAborted();
      if (!mayPass(error) && error.name !== "AbortError") throw error;
    }
    if (isOver) return;
    // One that was open for long is no try that failed.
    if (last > before || Date.now() - begun > LONGEST_MS / 2) tries = 0;
    await pause(backoff(tries, LONGEST_WAIT_MS), signal);
  }
}

async function read(task, last, signal, take) {
  // A browser has but six connections for all its windows: those that are hidden take none.
  while (document.hidden) await pause(HIDDEN_MS, signal);
  const hiding = new AbortController();
  const all = AbortSignal.any([signal, hiding.signal, AbortSignal.timeout(LONGEST_MS)]);
  document.addEventListener("visibilitychange", () => hiding.abort(), { signal: all });
  const response = await open(eventsPath(task), {
    signal: all,
    headers: { Accept: "text/event-stream", ...(last > 0 ? { "Last-Event-ID": String(last) } : {}) },
  });
  const feed = sseParser(take);
  const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
  const cutOff = () => { throw new HttpError(0); };
  for (let next; !(next = await reader.read().catch(cutOff)).done;) feed(next.value);
}

/** No answer, or a gateway in trouble, may be better in a moment; a refusal stays one. */
export const mayPass = (error) =>
  error instanceof HttpError && (error.status === 0 || error.status === 429 || error.status >= 500);

/** Waits so long, or until the gateway is known to be back. */
export async function pause(ms, signal) {
  signal.throwIfAborted();
  const over = new AbortController();
  await new Promise((resolve) => {
    setTimeout(resolve, ms);
    onBack(resolve, over.signal);
    signal.addEventListener("abort", resolve, { signal: over.signal });
  });
  over.abort();
  signal.throwIfAborted();
}

/** Gives back a function to feed pieces of text to; `onData` gets the data of each event. */
export function sseParser(onData) {
  let rest = "";
  let data = [];

  function line(text) {
    const [, field, value] = /^([^:]*):? ?(.*)$/s.exec(text);
    if (field === "data") data.push(value);
    if (text !== "" || data.length === 0) return;
    onData(data.join("\n"));
    data = [];
  }

  return function feed(piece) {
    const lines = (rest + piece).split("\n");
    rest = lines.pop();
    for (const each of lines) line(each.replace(/\r$/, ""));
  };
}
