import assert from "node:assert/strict";
import { test } from "node:test";

import { counted, exact, money, share, short } from "./numbers.js";

test("numbers get a letter at a thousand, and no more than three digits", () => {
  const pairs = [[0, "0"], [7, "7"], [999, "999"], [1000, "1k"], [1234, "1.2k"], [9960, "10k"], [99_940, "99.9k"], [99_960, "100k"],
    [999_400, "999k"], [999_999, "1M"], [3_400_000, "3.4M"], [1e9, "1G"], [2.5e12, "2.5T"], [0.5, "0.5"]];
  for (const [number, words] of pairs) assert.equal(short(number), words, `${number}`);
});

test("the exact number has all digits", () => {
  assert.equal(exact(1234567), "1,234,567");
  assert.equal(counted(1, "call"), "1 call");
  assert.equal(counted(2000, "call"), "2,000 calls");
});

test("amounts keep every digit that counts", () => {
  assert.equal(money("1234567.5"), "1,234,567.50");
  assert.equal(money("0.012300"), "0.0123");
  assert.equal(money("7"), "7.00");
  assert.equal(money("12345678901234567890.000001"), "12,345,678,901,234,567,890.000001");
});

test("shares of a whole", () => {
  assert.equal(share(1, 3), "33%");
  assert.equal(share(1, 250), "0.4%");
  assert.equal(share(1, 1e6), "<0.1%");
  assert.equal(share(1, 0), "0%");
});
