// One request to the gateway; whatever goes wrong becomes an `HttpError`.

import { unanswered } from "./link.js";
import { authorize, current } from "./session.js";
import { hearDate } from "./time.js";

const PATIENCE_MS = 30_000;

export class HttpError extends Error {
  /** `status` 0 means that no answer came. */
  constructor(status, { detail = "", code = "", retryAfter = null } = {}) {
    super(detail || `HTTP ${status}`);
    Object.assign(this, { status, detail, code, retryAfter });
  }
}

/** Sends a request and gives back the response once its status says success. */
export async function open(path, { headers = {}, ...rest } = {}) {
  const identity = authorize();
  const all = { cache: "no-store", ...rest, ...identity, headers: { ...identity.headers, ...headers } };
  const response = await fetch(path, all).catch((error) => {
    if (error.name === "AbortError") throw error;
    unanswered();
    throw new HttpError(0);
  });
  hearDate(response.headers.get("Date"));
  if (response.ok) return response;
  const error = await failure(response);
  if (current() !== null && (error.status === 401 || error.code === "csrf")) dispatchEvent(new Event("doubt"));
  throw error;
}

/** Sends a request and reads the JSON that comes back, or null. */
export async function json(path, { body, headers = {}, signal, reviver, ...rest } = {}) {
  const limit = AbortSignal.timeout(PATIENCE_MS);
  const response = await open(path, {
    ...rest,
    signal: signal ? AbortSignal.any([signal, limit]) : limit,
    headers: body ? { "Content-Type": "application/json", ...headers } : headers,
    body: body && JSON.stringify(body),
  });
  if (response.status === 204) return null;
  try {
    return JSON.parse(await response.text(), reviver);
  } catch (error) {
    throw error.name === "AbortError" ? error : new HttpError(0);
  }
}

async function failure(response) {
  const { detail, error } = (await response.json().catch(() => null)) ?? {};
  // Engines and the A2A routes have an object of their own in `error`.
  return new HttpError(response.status, {
    detail: [detail, error?.message].find((text) => typeof text === "string"),
    code: error?.code ?? error,
    retryAfter: Number.parseInt(response.headers.get("Retry-After"), 10) || null,
  });
}
