import assert from "node:assert/strict";
import { test } from "node:test";

import { rounded, short } from "./numbers.js";

test("numbers are short", () => {
  const pairs = [[0, "0"], [999, "999"], [1234, "1.2K"], [999_999, "1M"], [3_400_000, "3.4M"], [2.5e12, "2.5T"]];
  for (const [number, words] of pairs) assert.equal(short(number), words);
});

test("small amounts show their digits, large ones do not", () => {
  const pairs = [["0", "0.00"], ["0.00022321", "0.000223"], ["7", "7.00"], ["1234567.5", "1,234,567.50"]];
  for (const [amount, words] of pairs) assert.equal(rounded(amount), words);
});
