// Follows the events of one task to its end, reconnecting where a connection was dropped.

import { eventsPath, status } from "./api.js";
import { HttpError, open } from "./http.js";
import { heard, onBack } from "./link.js";
import { isEnd } from "./state.js";

const FIRST_WAIT_MS = 500;
const LONGEST_WAIT_MS = 15_000;
/** A connection silent for this long, keep-alive lines included, is taken as dead. */
const SILENCE_MS = 90_000;

/** Calls `onEvent` for each event after number `after`, once and in order, until the task has ended. */
export async function follow(task, { signal, onEvent, after = 0 }) {
  let last = after;
  let tries = 0;
  let isOver = false;

  const take = ({ data }) => {
    tries = 0;
    const event = JSON.parse(data);
    // What a proxy or a gateway sends again is known by its number.
    if (event.seq <= last) return;
    last = event.seq;
    onEvent(event);
    isOver ||= isEnd(event.kind);
  };

  for (;;) {
    const before = last;
    try {
      await read(task, last, signal, take);
      // Closed in good order but without an end: there may be more, unless nothing came at all.
      if (last === before) isOver ||= ["done", "error"].includes((await status(task, signal)).state);
    } catch (error) {
      signal.throwIfAborted();
      if (!mayPass(error)) throw error;
    }
    if (isOver) return;
    await pause(waitFor(tries), signal);
    tries += 1;
  }
}

async function read(task, last, signal, take) {
  const silence = new AbortController();
  let timer;
  const listen = () => {
    clearTimeout(timer);
    timer = setTimeout(() => silence.abort(), SILENCE_MS);
  };
  const cutOff = (error) => {
    signal.throwIfAborted();
    if (error instanceof HttpError) throw error;
    heard(false);
    throw new HttpError(0);
  };

  listen();
  try {
    const response = await open(eventsPath(task), {
      signal: AbortSignal.any([signal, silence.signal]),
      headers: { Accept: "text/event-stream", ...(last > 0 ? { "Last-Event-ID": String(last) } : {}) },
    }).catch(cutOff);
    const feed = sseParser(take);
    const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
    for (;;) {
      const { done, value } = await reader.read().catch(cutOff);
      if (done) return;
      listen();
      feed(value);
    }
  } finally {
    clearTimeout(timer);
    silence.abort();
  }
}

/** A refusal stays a refusal; no answer, or a gateway in trouble, may be better in a moment. */
export function mayPass(error) {
  if (!(error instanceof HttpError)) return false;
  return error.status === 0 || error.status === 429 || error.status >= 500;
}

/** Doubles each time, with some chance in it so that many pages do not come back at once. */
function waitFor(tries) {
  const full = Math.min(LONGEST_WAIT_MS, FIRST_WAIT_MS * 2 ** tries);
  return full * (0.75 + Math.random() * 0.5);
}

/** Waits so long, or until the gateway is known to be back. */
export async function pause(ms, signal) {
  const over = new AbortController();
  await new Promise((resolve) => {
    const timer = setTimeout(resolve, ms);
    over.signal.addEventListener("abort", () => clearTimeout(timer));
    onBack(resolve, over.signal);
    signal.addEventListener("abort", resolve, { signal: over.signal });
  });
  over.abort();
  signal.throwIfAborted();
}

/** Gives back a function to feed pieces of text to; `onEvent` gets `{ data }`, the one thing of an event that is used here. */
export function sseParser(onEvent) {
  let rest = "";
  let data = [];

  function line(text) {
    const [, field, value] = /^([^:]*):? ?(.*)$/s.exec(text);
    if (field === "data") data.push(value);
    if (text !== "" || data.length === 0) return;
    onEvent({ data: data.join("\n") });
    data = [];
  }

  return function feed(piece) {
    const lines = (rest + piece).split("\n");
    rest = lines.pop();
    for (const each of lines) line(each.replace(/\r$/, ""));
  };
}
