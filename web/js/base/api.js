// The calls of the gateway that the page uses, by name.

import { json } from "./http.js";

const id = encodeURIComponent;
const get = (path, signal) => json(path, { signal });
const remove = (path) => json(path, { method: "DELETE" });
const post = (path, body, headers) => json(path, { method: "POST", body, headers });

export const session = () => get("/auth/session");
export const signOut = () => post("/auth/logout");

export const me = (signal) => get("/auth/me", signal);
export const sessions = async (signal) => (await get("/auth/sessions", signal)).sessions;
export const endSession = (session) => remove(`/auth/sessions/${id(session)}`);
export const keys = async (signal) => (await get("/auth/keys", signal)).keys;
export const makeKey = (wanted) => post("/auth/keys", wanted);
export const revokeKey = (key) => remove(`/auth/keys/${id(key)}`);

export const agents = async ({ reach, signal } = {}) => (await get(`/agents${query({ reach })}`, signal)).agents;
export const card = (name, signal) => get(`/agents/${id(name)}/.well-known/agent-card.json`, signal);
export const models = async (signal) => (await get("/v1/models", signal)).data ?? [];

/** The same `key` never makes two tasks. */
export const send = (target, input, key) =>
  post("/a2a/tasks/send", requestOf(target, input), { "Idempotency-Key": key });

/** Says `text` to an agent over A2A: in a conversation (`context`), or in answer to what a `task` asked. */
export const say = (target, { text, context, task }, key) =>
  post(`/agents/${id(target)}/message:send`, {
    message: { messageId: key, role: "ROLE_USER", parts: [{ text }], contextId: context ?? undefined, taskId: task },
    configuration: { returnImmediately: true },
  }, { "A2A-Version": "1.0", "Idempotency-Key": key });

export const status = (task, signal) => get(`/a2a/tasks/status/${id(task)}`, signal);
export const tree = (task, signal) => json(`/a2a/tasks/tree/${id(task)}`, { signal, reviver: asWritten });
export const cancel = (task) => post(`/a2a/tasks/cancel/${id(task)}`);
export const tasks = (wanted, signal) => get(`/a2a/tasks${query(wanted)}`, signal);
export const eventsPath = (task) => `/a2a/tasks/events/${id(task)}`;
export const history = (task, after, signal) => get(`${eventsPath(task)}${query({ history: true, after })}`, signal);

export const memory = (mem, signal) => get(`/mem/events/${id(mem)}`, signal);
export const memories = async (wanted, signal) => listed(await get(`/mem/events${query(wanted)}`, signal));
export const search = async (q, limit, signal) => listed(await get(`/mem/search${query({ q, limit })}`, signal));
export const erase = (mem) => remove(`/mem/events/${id(mem)}`);
export const eraseAll = () => remove("/mem/events?all=true");

const listed = (answer) => ({ events: answer.data?.Get?.MemoryEvent ?? [], next: answer.next ?? null });

export const usage = (wanted, signal) => get(`/usage${query(wanted)}`, signal);
export const gateway = (signal) => get("/status", signal);

/** Numbers that JavaScript cannot hold, as 64-bit ids, stay as they were written: an input may be sent again. */
const asWritten = (_key, value, { source } = {}) =>
  (Number.isInteger(value) && !Number.isSafeInteger(value) ? JSON.rawJSON?.(source) ?? value : value);

/** `?a=1&b=2` of what has a value. */
export function query(values) {
  const pairs = Object.entries(values).filter(([, value]) => value || value === 0);
  return pairs.length === 0 ? "" : `?${new URLSearchParams(pairs)}`;
}

/** The body that sends a task to an agent by name or address; else to the gateway's own chat. */
export function requestOf(target, input) {
  if (!target) return { input };
  return target.includes("://") ? { target_url: target, input } : { target, input };
}

/** A fresh idempotency key; `crypto.randomUUID` is missing where the page came over plain HTTP. */
export const newKey = () =>
  Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, "0")).join("");
