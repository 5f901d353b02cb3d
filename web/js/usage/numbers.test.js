import assert from "node:assert/strict";
import { test } from "node:test";

import { counted, rounded, share, short } from "./numbers.js";

test("numbers are short", () => {
  const pairs = [[0, "0"], [999, "999"], [1234, "1.2K"], [999_999, "1M"], [3_400_000, "3.4M"], [2.5e12, "2.5T"]];
  for (const [number, words] of pairs) assert.equal(short(number), words);
  assert.equal(counted(1, "call"), "1 call");
  assert.equal(counted(2000, "call"), "2,000 calls");
});

test("small amounts show their digits, large ones do not", () => {
  const pairs = [["0", "0.00"], ["0.00022321", "0.000223"], ["7", "7.00"], ["1234567.5", "1,234,567.50"]];
  for (const [amount, words] of pairs) assert.equal(rounded(amount), words);
});

test("shares of a whole", () => {
  assert.deepEqual([[1, 3], [1, 250], [1, 0]].map(([part, whole]) => share(part, whole)), ["33%", "0.4%", "0%"]);
});
