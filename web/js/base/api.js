// The calls of the gateway that the page uses, by name.

import { json } from "./http.js";
import { query, requestOf } from "./request.js";

const id = encodeURIComponent;
const remove = (path) => json(path, { method: "DELETE" });
const post = (path, body, headers) => json(path, { method: "POST", body, headers });

export const session = () => json("/auth/session");
export const signOut = () => post("/auth/logout");

export const me = (signal) => json("/auth/me", { signal });
export const sessions = async (signal) => (await json("/auth/sessions", { signal })).sessions;
export const endSession = (session) => remove(`/auth/sessions/${id(session)}`);
export const keys = async (signal) => (await json("/auth/keys", { signal })).keys;
export const makeKey = (wanted) => post("/auth/keys", wanted);
export const revokeKey = (key) => remove(`/auth/keys/${id(key)}`);

export const agents = async ({ reach = false, signal } = {}) => (await json(`/agents${query({ reach })}`, { signal })).agents;
export const card = (name, signal) => json(`/agents/${id(name)}/.well-known/agent-card.json`, { signal });
export const models = async (signal) => (await json("/v1/models", { signal })).data ?? [];

/** The same `key` never makes two tasks. */
export const send = (target, input, key) =>
  post("/a2a/tasks/send", requestOf(target, input), { "Idempotency-Key": key });

/** Says `text` to an agent over A2A: in a conversation (`context`), or in answer to what a `task` asked. */
export const say = (target, { text, context, task }, key) =>
  post(`/agents/${id(target)}/message:send`, {
    message: { messageId: key, role: "ROLE_USER", parts: [{ text }], contextId: context ?? undefined, taskId: task },
    configuration: { returnImmediately: true },
  }, { "A2A-Version": "1.0", "Idempotency-Key": key });

export const status = (task, signal) => json(`/a2a/tasks/status/${id(task)}`, { signal });
export const tree = (task, signal) => json(`/a2a/tasks/tree/${id(task)}`, { signal, reviver: asWritten });
export const cancel = (task) => post(`/a2a/tasks/cancel/${id(task)}`);
export const tasks = (wanted, signal) => json(`/a2a/tasks${query(wanted)}`, { signal });
export const eventsPath = (task) => `/a2a/tasks/events/${id(task)}`;
export const history = (task, after, signal) => json(`${eventsPath(task)}${query({ history: true, after })}`, { signal });

export const memory = (mem, signal) => json(`/mem/events/${id(mem)}`, { signal });
export const memories = async (wanted, signal) => listed(await json(`/mem/events${query(wanted)}`, { signal }));
export const search = async (q, limit, signal) => listed(await json(`/mem/search${query({ q, limit })}`, { signal }));
export const erase = (mem) => remove(`/mem/events/${id(mem)}`);
export const eraseAll = () => remove("/mem/events?all=true");

const listed = (answer) => ({ events: answer.data?.Get?.MemoryEvent ?? [], next: answer.next ?? null });

export const usage = (wanted, signal) => json(`/usage${query(wanted)}`, { signal });
export const gateway = (signal) => json("/status", { signal });

/** Numbers that JavaScript cannot hold, as 64-bit ids, stay as they were written: an input may be sent again. */
const asWritten = (_key, value, { source } = {}) =>
  (Number.isInteger(value) && !Number.isSafeInteger(value) ? JSON.rawJSON?.(source) ?? value : value);
