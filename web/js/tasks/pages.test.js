// Run with `node --test web/js/`; the page does not load this file.

import assert from "node:assert/strict";
import { test } from "node:test";

import { again, newest, nothing, older, timeOf } from "./pages.js";

const LIMIT = 3;
const task = (number, state = "done") => ({ task_id: String(number).padStart(4, "0"), state });
const tasks = (...numbers) => numbers.map((number) => task(number));
const numbers = (known) => known.rows.map((each) => Number(each.task_id));

/** A gateway with tasks of these numbers, newest first. */
function pageOf(all, cursor = Infinity) {
  const rest = all.filter((number) => number < cursor).sort((a, b) => b - a);
  const found = rest.slice(0, LIMIT);
  return { tasks: tasks(...found), next: rest.length > LIMIT ? task(found.at(-1)).task_id : null };
}

test("the first page, read again, puts new tasks on top and keeps what is older", () => {
  let known = newest(nothing, pageOf([1, 2, 3, 4, 5]), LIMIT);
  known = older(known, pageOf([1, 2, 3, 4, 5], 3));
  known = newest(known, pageOf([1, 2, 3, 4, 5, 6]), LIMIT);
  assert.deepEqual(numbers(known), [6, 5, 4, 3, 2, 1]);
  assert.deepEqual([...known.added], ["0006"]);
  assert.equal(known.next, null);
});

test("what the filter no longer finds goes", () => {
  const known = newest(nothing, pageOf([1, 2, 3, 4, 5]), LIMIT);
  assert.deepEqual(numbers(newest(known, pageOf([1, 2, 3, 5]), LIMIT)), [5, 3, 2]);
});

test("so many new ones that nothing meets start over instead of leaving a hole", () => {
  const known = newest(nothing, pageOf([1, 2, 3, 4]), LIMIT);
  const now = newest(known, pageOf([1, 2, 3, 4, 5, 6, 7, 8]), LIMIT);
  assert.deepEqual(numbers(now), [8, 7, 6]);
  assert.equal(now.next, "0006");
});

test("a search that has looked far back without a find does not begin again", () => {
  const far = older({ ...nothing, next: "0900" }, { tasks: tasks(100), next: "0090" });
  const now = newest(far, { tasks: tasks(999), next: "0901" }, LIMIT);
  assert.deepEqual(numbers(now), [999, 100]);
  assert.equal(now.next, "0090");
});

test("no task is shown twice and none is lost, however pages and news come", () => {
  for (let turn = 0; turn < 300; turn += 1) {
    let all = [1, 2, 3, 4, 5, 6, 7, 8];
    let known = newest(nothing, pageOf(all), LIMIT);
    for (let step = 0; step < 15; step += 1) {
      if (Math.random() < 0.4) all = [...all, Math.max(...all) + 1];
      if (Math.random() < 0.5) known = newest(known, pageOf(all), LIMIT);
      else if (known.next !== null) known = older(known, pageOf(all, Number(known.next)));
    }
    known = newest(known, pageOf(all), LIMIT);
    const low = known.next === null ? 0 : Number(known.next);
    assert.deepEqual(numbers(known), all.filter((number) => number >= low).sort((a, b) => b - a));
  }
});

test("an id tells when it was made, if it is one that does", () => {
  assert.equal(timeOf("018f3c5e-9a00-7abc-8def-0123456789ab"), 0x018f3c5e9a00);
  for (const id of [null, "", "018f3c5e-9a00-4abc-8def-0123456789ab", "<script>"]) assert.equal(timeOf(id), null);
});

test("what was read again stands where it stood", () => {
  const known = again({ ...nothing, rows: tasks(3, 2, 1), next: "x" }, [task(2, "error"), task(9, "error")]);
  assert.deepEqual([numbers(known), known.rows.map(({ state }) => state), known.next], [[3, 2, 1], ["done", "error", "done"], "x"]);
});
