// Checks of a peer: functions with sentences for names. Each that ends is told as a line of JSON.

import { deepStrictEqual } from "node:assert";

console.debug = console.error; // some of what the client does not like it says there; what is printed is ours

const CHECKS = [];
const AT_ONCE = 6;
const PATIENCE = 60_000; // for one check

export const check = (name, work) => CHECKS.push({ name, work });
export const same = (got, wanted) => deepStrictEqual(got, wanted);

export function holds(is, got) {
  if (!is) throw new Error(`it is ${JSON.stringify(got)}`);
}

// Awaits what must be refused with this reason; gives the error.
export async function refused(reason, doing) {
  let done;
  try {
    done = await doing;
  } catch (error) {
    if (error.reason === reason) return error;
    throw new Error(`refused, but not with ${reason}`, { cause: error });
  }
  throw new Error(`it was done, not refused with ${reason}: ${JSON.stringify(done)}`);
}

const late = () => new Promise((_, fail) => setTimeout(() => fail(new Error("it takes too long")), PATIENCE).unref());

async function told({ name, work }) {
  const since = performance.now();
  const story = (error) => `${error.stack}${error.cause ? `\nbecause of ${story(error.cause)}` : ""}`;
  const got = await Promise.race([work(), late()]).then(() => null, story);
  const seconds = Math.round((performance.now() - since) / 100) / 10;
  console.log(JSON.stringify({ check: name, ok: got === null, got, seconds }));
}

// All of them, some at a time: they wait for agents more than they work.
export async function runChecks() {
  const left = CHECKS.filter(({ name }) => name.includes(process.env.ONLY ?? ""));
  const place = async () => {
    while (left.length) await told(left.shift());
  };
  await Promise.all(Array.from({ length: AT_ONCE }, place));
}
