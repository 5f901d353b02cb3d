// The calls of the gateway that the page uses, by name.

import { json } from "./http.js";

const id = encodeURIComponent;

export const session = () => json("/auth/session");
export const signOut = () => json("/auth/logout", { method: "POST" });
export const health = () => json("/healthz");

export const agents = async () => (await json("/agents")).agents ?? [];
export const models = async () => (await json("/v1/models")).data ?? [];

/** `target` null sends to the gateway's own chat; the same `key` never makes two tasks. */
export const send = (target, question, key) =>
  json("/a2a/tasks/send", {
    method: "POST",
    headers: { "Idempotency-Key": key },
    body: {
      ...(target === null ? {} : { target }),
      input: { messages: [{ role: "user", content: question }] },
    },
  });

export const status = (task, signal) => json(`/a2a/tasks/status/${id(task)}`, { signal });
export const cancel = (task) => json(`/a2a/tasks/cancel/${id(task)}`, { method: "POST" });
export const recent = async (limit) => (await json(`/a2a/tasks?limit=${limit}`)).tasks ?? [];
export const eventsPath = (task) => `/a2a/tasks/events/${id(task)}`;

export const memory = (mem, signal) => json(`/mem/events/${id(mem)}`, { signal });
