// What requests are made of.

/** `?a=1&b=2` of what has a value. */
export function query(values) {
  const pairs = Object.entries(values).filter(([, value]) => ![null, undefined, "", false].includes(value));
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
