// Run with `node --test web/js/`; the page does not load this file.

import assert from "node:assert/strict";
import { test } from "node:test";

import { familyOf } from "../base/handoff.js";
import { askingIn, steps } from "./drawing.js";

const task = (task_id, target, state_name, parent, more = {}) =>
  ({ task_id, target, state_name, parent, created_ms: 1000, updated_ms: 9000, attempts: [{ started: 1000 }], ...more });
const call = (task_id, tokens_in, tokens_out, more = {}) =>
  ({ task_id, model: "m", tokens_in, tokens_out, duration_ms: 1000, outcome: "finished", status: 200, ...more });
const grown = (tasks, calls = []) => familyOf({ tasks, calls }).get(tasks[0].task_id);
const flat = (step) => [step.name, ...(step.children.length === 0 ? [] : [step.children.map(flat)])];

test("the drawing shows who called whom, and the engines they called", () => {
  const root = grown([task("p", "planner", "working"), task("c", "coder", "working", "p"), task("w", "temporal://Review", "submitted", "p")],
    [call("c", 1000, 2), call("c", 1, 2, { outcome: "failed" })]);
  const drawn = steps(root, 3000).children[0];
  assert.deepEqual(flat(drawn), ["Planner", [["Coder", [["m"]]], ["Workflow Review"]]]);
  assert.deepEqual([drawn.says, drawn.tone], ["handed on · 2.0 s", "handed"]);
  const [engine] = drawn.children[0].children;
  assert.deepEqual([engine.says, engine.tone], ["2 calls · 2.0 s · 1,001 → 4 tokens", "bad"]);
});

test("a step says how its task stands, and why it failed", () => {
  const step = (state, more) => steps(grown([task("t", "tester", state, null, more)]), 3000).children[0];
  const [retry, again] = [{ started: 1000, outcome: "retry" }, { started: 2000 }];
  assert.deepEqual([step("working").tone, step("completed").tone, step("canceled").tone], ["working", "good", "calm"]);
  assert.equal(step("submitted", { attempts: [] }).says, "waiting");
  assert.equal(step("submitted", { attempts: [retry] }).says, "trying again · 2.0 s");
  assert.equal(step("failed", { attempts: [retry, again], detail: "no tests" }).says, "failed · try 2 · 8.0 s · no tests");
  assert.ok(step("failed", { detail: "x".repeat(1000) }).says.length < 300);
});

test("only what is below a task belongs to it", () => {
  const tasks = [task("p", "planner", "working"), task("c", "coder", "working", "p"), task("x", "other", "working", "elsewhere")];
  const root = familyOf({ tasks, calls: [call("x", 1, 1)] }).get("c");
  assert.deepEqual(flat(steps(root, 0)), ["You", [["Coder"]]]);
});

test("of many children those are drawn that matter most, and the rest is counted", () => {
  const many = Array.from({ length: 100 }, (_, index) => task(`${index}`, `w${index}`, index === 99 ? "failed" : "submitted", "p"));
  const drawn = steps(grown([task("p", "planner", "working"), ...many]), 9000).children[0].children;
  assert.deepEqual([drawn.length, drawn.at(-2).name, drawn.at(-1).name], [11, "W99", "90 more"]);
});

test("a chain of many, and calls of many models, are not drawn for ever", () => {
  const chain = Array.from({ length: 200 }, (_, n) => task(`${n}`, "a", "working", n === 0 ? undefined : `${n - 1}`));
  const calls = Array.from({ length: 2000 }, (_, n) => call("0", 1, 1, { model: `m${n}` }));
  assert.ok(JSON.stringify(steps(grown(chain, calls), 9000)).length < 20_000);
});

test("an agent asks, until the request has ended", () => {
  const asks = (state) => grown([task("p", "planner", state), task("c", "coder", "input-required", "p")]);
  assert.equal(askingIn(asks("working")).task_id, "c");
  assert.equal(askingIn(asks("canceled")), null);
  assert.equal(askingIn(grown([task("p", "planner", "working")])), null);
});
