// Run with `node --test web/js/`; the page does not load this file.

import assert from "node:assert/strict";
import { test } from "node:test";

import { agentChoice } from "./choices.js";

const chat = agentChoice({ name: "chat", description: "The engine.", skills: ["chat"] });
const planner = agentChoice({ name: "planner", description: "Plans.", skill_list: [{ name: "Plan", examples: ["Plan a shop", "Plan a shop", "", 7] }] });

test("examples of the skills are the samples, each once", () => {
  assert.deepEqual(planner.samples, ["Plan a shop"]);
  assert.deepEqual(agentChoice({ name: "weather" }).samples, []);
  assert.ok(chat.samples.length > 0);
});
