// Run with `node --test web/js/`; the page does not load this file.

import assert from "node:assert/strict";
import { test } from "node:test";

import { askingIn, effort, rootOf, standing, steps } from "./run.js";

const task = (task_id, target, state_name, parent, more = {}) =>
  ({ task_id, target, state_name, parent, created_ms: 1000, updated_ms: 9000, attempt: 1, attempts: [{ started: 1000 }], ...more });
const call = (task_id, tokens_in, tokens_out, more = {}) =>
  ({ task_id, model: "m", tokens_in, tokens_out, duration_ms: 1000, outcome: "finished", status: 200, ...more });
const grown = (tasks, calls = []) => rootOf({ tasks, calls }, tasks[0].task_id);
const flat = (step) => [step.name, ...(step.children.length === 0 ? [] : [step.children.map(flat)])];

test("the drawing shows who called whom, and the engines they called", () => {
  const root = grown([task("p", "planner", "working"), task("c", "coder", "working", "p"), task("w", "temporal://Review", "submitted", "p")],
    [call("c", 1000, 2), call("c", 1, 2, { outcome: "failed" })]);
  const drawn = steps(root, 3000).children[0];
  assert.deepEqual(flat(drawn), ["Planner", [["Coder", [["m"]]], ["Workflow Review"]]]);
  assert.equal(drawn.word, "handed on · 2.0 s");
  const [engine] = drawn.children[0].children;
  assert.deepEqual([engine.word, engine.more, engine.look], ["2 calls · 2.0 s", "1,001 → 4 tokens", "failed"]);
});

test("only what is below a task belongs to it", () => {
  const tasks = [task("p", "planner", "working"), task("c", "coder", "working", "p"), task("x", "other", "working", "elsewhere")];
  assert.deepEqual(flat(steps(rootOf({ tasks, calls: [call("x", 1, 1)] }, "c"), 0)), ["You", [["Coder"]]]);
});

test("of many children those are drawn that matter most, and the rest is counted", () => {
  const many = Array.from({ length: 100 }, (_, index) => task(`${index}`, `w${index}`, index === 99 ? "failed" : "submitted", "p"));
  const drawn = steps(grown([task("p", "planner", "working"), ...many]), 9000).children[0].children;
  assert.deepEqual([drawn.length, drawn.at(-2).name, drawn.at(-1).name], [11, "W99", "90 more"]);
});

test("a chain of many is not drawn for ever", () => {
  const chain = Array.from({ length: 200 }, (_, n) => task(`${n}`, "a", "working", n === 0 ? undefined : `${n - 1}`));
  assert.ok(JSON.stringify(steps(grown(chain), 9000)).length < 20_000);
});

test("where it stands is one sentence", () => {
  const stands = (planner, ...children) => standing(grown([task("p", "planner", planner), ...children]));
  const [coder, tester] = [task("c", "coder", "working", "p"), task("t", "tester", "working", "p", { attempt: 2 })];
  const retrying = task("c", "coder", "submitted", "p", { attempts: [{ started: 1000, outcome: "retry" }] });
  assert.equal(stands("submitted"), "Waiting for planner to take it.");
  assert.equal(stands("working", coder), "Coder is working.");
  assert.equal(stands("working", coder, tester), "Coder and tester are working.");
  assert.equal(stands("working", coder, tester, task("l", "linter", "working", "p")), "Coder, tester and linter are working.");
  assert.equal(stands("working", retrying, tester), "Tester is working.");
  assert.equal(stands("working", retrying), "Coder did not succeed. It will be tried again.");
  assert.equal(stands("completed", task("t", "tester", "failed", "p")), "Done in 8.0 s, though tester failed.");
  assert.equal(stands("canceled"), "Canceled after 8.0 s.");
  assert.equal(standing(grown([task("p", "planner", "failed", null, { attempts: [{ started: 1000 }, {}, {}] })])), "Failed after 3 tries, 8.0 s.");
});

test("an agent asks, until the request has ended", () => {
  const asks = (state) => grown([task("p", "planner", state), task("c", "coder", "input-required", "p")]);
  assert.equal(askingIn(asks("working")).task_id, "c");
  assert.equal(standing(asks("working")), "Coder asks you something.");
  assert.equal(askingIn(asks("canceled")), null);
  assert.equal(askingIn(grown([task("p", "planner", "working")])), null);
});

test("what it took is said as soon as it is known", () => {
  assert.equal(effort(grown([task("p", "planner", "working")]), 3000), "2.0 s");
  assert.equal(effort(grown([task("p", "planner", "completed")], [call("p", 1000, null)]), 3000), "8.0 s · 1 engine call · 1,000 → 0 tokens");
});
