// Run with `node --test web/js/`; the page does not load this file.

import assert from "node:assert/strict";
import { test } from "node:test";

import { begin, joined, PAGE } from "./pages.js";

const id = (number) => String(number).padStart(6, "0");
const numbers = ({ rows }) => rows.map(({ task_id }) => Number(task_id));
const upTo = (count) => Array.from({ length: count }, (_, index) => index + 1);

/** A gateway with tasks of these numbers that looks through `piece` of them a call, and finds those that `fit`. */
function answer(all, before, { piece = 1000, fits = () => true } = {}) {
  const rest = all.filter((number) => before === null || id(number) < before).sort((a, b) => b - a);
  const found = [];
  let looked = 0;
  while (looked < Math.min(piece, rest.length) && found.length < PAGE) {
    if (fits(rest[looked])) found.push(rest[looked]);
    looked += 1;
  }
  return { tasks: found.map((number) => ({ task_id: id(number) })), next: looked < rest.length ? id(rest[looked - 1]) : null };
}

/** The page that begins at `before`, read to its end. */
function whole(all, before, how) {
  let page = begin(before);
  while (!page.isWhole) page = joined(page, answer(all, page.next, how));
  return page;
}

test("a page is filled by as many calls as it takes, and says where the next begins", () => {
  const rare = { piece: 100, fits: (number) => number % 10 === 0 };
  assert.deepEqual(numbers(whole(upTo(120), null)), upTo(120).reverse().slice(0, PAGE));
  assert.deepEqual([numbers(whole(upTo(100), null, rare)).length, whole(upTo(100), null, rare).next], [10, null]);
  assert.deepEqual(numbers(whole(upTo(1000), null, rare)), [1000, 990, 980, 970, 960, 950, 940, 930, 920, 910, 900, 890, 880, 870,
    860, 850, 840, 830, 820, 810, 800, 790, 780, 770, 760, 750, 740, 730, 720, 710]);
  assert.deepEqual(whole([], null), { rows: [], next: null, isWhole: true });
});

test("going through the pages shows each task once", () => {
  for (const count of [1, 49, 50, 51, 100, 777]) {
    for (const how of [{}, { piece: 30 }, { piece: 70, fits: (number) => number % 3 > 0 }]) {
      const seen = [];
      for (let next = null, first = true; first || next !== null; first = false) {
        const page = whole(upTo(count), next, how);
        seen.push(...numbers(page));
        next = page.next;
      }
      assert.deepEqual(seen, upTo(count).reverse().filter(how.fits ?? (() => true)));
    }
  }
});

test("the begin of a page read again takes in what is new and lets go what no longer fits", () => {
  const page = whole(upTo(120), null);
  const now = joined(page, answer(upTo(123).filter((number) => number !== 110), null));
  assert.deepEqual(numbers(now), upTo(123).filter((number) => number !== 110).reverse().slice(0, PAGE));
  assert.equal(now.next, id(numbers(now).at(-1)));
});

test("so much that is new that nothing meets leaves no hole", () => {
  const now = joined(whole(upTo(60), null), answer(upTo(500), null));
  assert.deepEqual([numbers(now), now.next], [upTo(500).reverse().slice(0, PAGE), id(451)]);
});

test("what a search has found far back stays, though only its begin is read again", () => {
  const rare = { piece: 100, fits: (number) => number % 50 === 0 };
  const page = whole(upTo(400), null, rare);
  const now = joined(page, answer(upTo(450), null, rare));
  assert.deepEqual([numbers(now), now.next], [[450, 400, 350, 300, 250, 200, 150, 100, 50], null]);
});
