// Run with `node --test web/js/`; the page does not load this file.

import assert from "node:assert/strict";
import { test } from "node:test";

import { effort, line, standing } from "./phrases.js";
import { learn, newRun, take } from "./run.js";
import { isDeep, steps } from "./steps.js";

const event = (seq, kind, data = null, attempt = 1) => ({ seq, at: 1000 * seq, kind, attempt, data });

function handOff(children) {
  const run = newRun("p");
  take(run, "p", event(1, "submitted", { target: "planner" }));
  take(run, "p", event(2, "working"));
  children.forEach((target, index) => take(run, "p", event(3 + index, "child", { task_id: `${index}`, target })));
  return run;
}
const flat = (step) => [step.name, ...(step.children.length === 0 ? [] : [step.children.map(flat)])];

test("the drawing shows who called whom, and the engines they called", () => {
  const run = handOff(["coder", "temporal://Review"]);
  learn(run, { calls: [
    { task_id: "0", model: "m", tokens_in: 1000, tokens_out: 2, duration_ms: 1500, outcome: "finished" },
    { task_id: "0", model: "m", tokens_in: 1, tokens_out: 2, duration_ms: 500, outcome: "failed" },
  ] });
  const drawn = steps(run, 9000);
  assert.deepEqual(flat(drawn), ["You", [["Planner", [["Coder", [["m"]]], ["Review"]]]]]);
  const engine = drawn.children[0].children[0].children[0];
  assert.deepEqual([engine.word, engine.time, engine.more, engine.state], ["2 calls", "2.0 s", "1,001 → 4 tokens", "failed"]);
});

test("of many children those are drawn that matter most, and the rest is counted", () => {
  const run = handOff(Array.from({ length: 100 }, (_, index) => `w${index}`));
  take(run, "99", event(1, "failed", { detail: "no" }));
  const drawn = steps(run, 9000).children[0].children;
  assert.deepEqual([drawn.length, drawn.at(-2).name, drawn.at(-1).name, drawn.at(-1).word], [11, "W99", "90 more", "90 waiting"]);
});

test("a chain of many is drawn downwards, and not for ever", () => {
  const run = newRun("t0");
  for (let n = 0; n < 200; n += 1) {
    take(run, `t${n}`, event(1, "submitted", { target: `a${n}` }));
    take(run, `t${n}`, event(2, "child", { task_id: `t${n + 1}`, target: `a${n + 1}` }));
  }
  const drawn = steps(run, 9000);
  assert.equal(isDeep(drawn), true);
  assert.equal(isDeep(steps(handOff(["coder"]), 9000)), false);
  assert.ok(JSON.stringify(drawn).length < 20_000);
});

test("where it stands is one sentence", () => {
  const run = handOff(["coder", "tester"]);
  take(run, "0", event(1, "working"));
  assert.equal(standing(run), "Coder is working.");
  take(run, "1", event(1, "working", null, 2));
  assert.equal(standing(run), "Coder and tester are working.");
  take(run, "0", event(2, "retry", { detail: "x" }));
  assert.equal(standing(run), "Tester is working, try 2.");
  take(run, "1", event(2, "failed", { detail: "no" }));
  assert.equal(standing(run), "Coder did not succeed. It will be tried again.");
  take(run, "0", event(3, "completed"));
  take(run, "p", event(9, "completed"));
  assert.equal(standing(run), "Done in 8.0 s, though tester failed.");
});

test("a bad end says after how many tries", () => {
  const run = handOff([]);
  take(run, "p", event(5, "failed", { detail: "connection refused" }, 3));
  assert.equal(standing(run), "Failed after 3 tries in 4.0 s.");
});

test("what it took is said once it is known", () => {
  const run = handOff([]);
  assert.equal(effort(run), "");
  assert.equal(effort(run, { in: 5, out: 6 }), "5 tokens read and 6 written.");
  learn(run, { calls: [{ task_id: "p", tokens_in: 1, tokens_out: 2, duration_ms: 1000 }] });
  assert.equal(effort(run), "1 engine call took 1.0 s: 1 token read and 2 written.");
});

test("each kind of event has a line, or none on purpose", () => {
  const told = (kind, data = {}, more = {}) => line({ kind, target: "coder", attempt: 1, data, said: "", ...more });
  assert.equal(told("document", { title: "Plan", agent: "planner" }), "Planner wrote “Plan”");
  assert.equal(told("artifact", { artifact: { artifactId: "a" } }, { more: false }), "Coder began to write a");
  assert.equal(told("artifact", {}, { more: true }), null);
  assert.equal(told("status", {}, { said: "halfway" }), "Coder says: halfway");
  assert.equal(told("status"), null);
  assert.equal(told("retry", { detail: "no engine", due_at: null }), "Coder did not succeed. No engine. Trying again soon.");
  assert.equal(told("retry", { detail: "waits for the workflow x" }), "Waits for the workflow x.");
  assert.equal(told("surprise"), "Coder: surprise");
});
