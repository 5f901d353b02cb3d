// The calls of the gateway that the page uses, by name.

import { json } from "./http.js";
import { query, requestOf } from "./request.js";

const id = encodeURIComponent;
const POST = { method: "POST" };
const DELETE = { method: "DELETE" };

export const session = () => json("/auth/session");
export const signOut = () => json("/auth/logout", POST);

export const me = (signal) => json("/auth/me", { signal });
export const sessions = async (signal) => (await json("/auth/sessions", { signal })).sessions;
export const endSession = (session) => json(`/auth/sessions/${id(session)}`, DELETE);
export const keys = async (signal) => (await json("/auth/keys", { signal })).keys;
export const makeKey = (wanted) => json("/auth/keys", { ...POST, body: wanted });
export const revokeKey = (key) => json(`/auth/keys/${id(key)}`, DELETE);

export const agents = async ({ reach = false, signal } = {}) => (await json(`/agents${query({ reach })}`, { signal })).agents;
export const card = (name, signal) => json(`/agents/${id(name)}/.well-known/agent-card.json`, { signal });
export const models = async (signal) => (await json("/v1/models", { signal })).data ?? [];

/** Sends to an agent by name or address (null: the gateway's own chat); the same `key` never makes two tasks. */
export const send = (target, input, key) =>
  json("/a2a/tasks/send", { ...POST, headers: { "Idempotency-Key": key }, body: requestOf(target, input) });

/**
 * Says `text` to an agent over A2A: in a conversation (`context`), in answer to what a `task` asked,
 * or to begin one. The same `key` never says it twice. Gives back `{ task }` or `{ message }`.
 */
export const say = (target, { text, context, task }, key) =>
  json(`/agents/${id(target)}/message:send`, {
    ...POST,
    headers: { "A2A-Version": "1.0", "Idempotency-Key": key },
    body: {
      message: {
        messageId: key,
        role: "ROLE_USER",
        parts: [{ text }],
        contextId: context ?? undefined,
        taskId: task ?? undefined,
      },
      configuration: { returnImmediately: true },
    },
  });

export const status = (task, signal) => json(`/a2a/tasks/status/${id(task)}`, { signal });
export const tree = (task, signal) => json(`/a2a/tasks/tree/${id(task)}`, { signal, reviver: asWritten });
export const cancel = (task) => json(`/a2a/tasks/cancel/${id(task)}`, POST);
export const tasks = (wanted, signal) => json(`/a2a/tasks${query(wanted)}`, { signal });
export const eventsPath = (task) => `/a2a/tasks/events/${id(task)}`;
/** A page of a task's history: `{ events, next }`. */
export const history = (task, after, signal) => json(`${eventsPath(task)}${query({ history: true, after })}`, { signal });

export const memory = (mem, signal) => json(`/mem/events/${id(mem)}`, { signal });
/** Lists and finds: `{ events, next }`. */
export const memories = async (wanted, signal) => listed(await json(`/mem/events${query(wanted)}`, { signal }));
export const search = async (q, limit, signal) => listed(await json(`/mem/search${query({ q, limit })}`, { signal }));
export const erase = (mem) => json(`/mem/events/${id(mem)}`, DELETE);
export const eraseAll = () => json("/mem/events?all=true", DELETE);

const listed = (answer) => ({ events: answer.data?.Get?.MemoryEvent ?? [], next: answer.next ?? null });

export const usage = (wanted, signal) => json(`/usage${query(wanted)}`, { signal });
export const gateway = (signal) => json("/status", { signal });

/** Numbers that JavaScript cannot hold, such as 64-bit ids, stay as they were written: an input may be sent again. */
const asWritten = (_key, value, { source } = {}) =>
  (typeof value === "number" && Math.abs(value) > Number.MAX_SAFE_INTEGER && JSON.rawJSON ? JSON.rawJSON(source) : value);
