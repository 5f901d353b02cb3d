// Run with `node --test web/js/`; the page does not load this file.

import assert from "node:assert/strict";
import { test } from "node:test";

import { agentChoice, firstOf, matching, modelChoice } from "./choices.js";

const chat = agentChoice({ name: "chat", description: "The engine.", skills: ["chat"] });
const planner = agentChoice({ name: "planner", description: "Plans.", skill_list: [{ name: "Plan", examples: ["Plan a shop", "Plan a shop", "", 7] }] });
const model = modelChoice({ id: "qwen" });

test("examples of the skills are the samples, each once", () => {
  assert.deepEqual(planner.samples, ["Plan a shop"]);
  assert.deepEqual(agentChoice({ name: "weather" }).samples, []);
  assert.ok(chat.samples.length > 0);
});

test("an agent that is wanted comes first, then one that is not the engine alone", () => {
  assert.equal(firstOf([chat, planner, model], "chat"), chat);
  assert.equal(firstOf([chat, planner, model]), planner);
  assert.equal(firstOf([chat, model], "gone"), chat);
  assert.equal(firstOf([], "x"), null);
});

test("agents and models are found by any of their words", () => {
  assert.deepEqual(matching([chat, planner, model], "PLAN agent"), [planner]);
  assert.deepEqual(matching([chat, planner, model], "model"), [model]);
  assert.equal(matching([chat, planner, model], " ").length, 3);
});
