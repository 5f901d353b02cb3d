// The body that sends a task. A name goes to an agent, an address to whoever listens there;
// without either the gateway's own chat answers.

export function requestOf(target, input) {
  if (target === null || target === undefined || target === "") return { input };
  return target.includes("://") ? { target_url: target, input } : { target, input };
}
