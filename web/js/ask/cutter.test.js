// Run with `node --test web/js/`; the page does not load this file.

import assert from "node:assert/strict";
import { test } from "node:test";

import { cut } from "../base/fences.js";
import { cutter } from "./cutter.js";

function pieces(...parts) {
  const found = [];
  const cutting = cutter((step) => {
    if (step.open) found.push({ code: step.open === "code", lang: step.lang, text: "" });
    else found.at(-1).text += step.text;
  });
  for (const part of parts) cutting.feed(part);
  cutting.end();
  // A block of code in which nothing stands is drawn, but `cut` leaves it out.
  return found.filter((piece) => piece.text.trim() !== "");
}

const TEXTS = [
  "",
  " \n",
  "one line",
  "1. read\n2. sort\n",
  "Here:\n\n```Python\nprint(1)\n\nprint(2)\n```\nDone.",
  "```\nx = 1",
  "```\nx = 1\n",
  "````md\n```\na\n```\n````",
  "```x``` is inline",
  "~~~ sh\nls\n~~~\n\n\n  indented\n    more",
  "a\r\n```js\r\nb\r\n\r\n```\rc",
  "text\n    ```\nnot a fence",
  "```\n\n\n```\nafter nothing",
  "```py\n  a\n ``\n```",
  "a `b` c\n\n\n\nd  \n e",
  "``",
];

test("piece by piece it comes to the same as at once", () => {
  for (const text of TEXTS) {
    const want = cut(text);
    assert.deepEqual(pieces(text), want, JSON.stringify(text));
    assert.deepEqual(pieces(...text), want, `${JSON.stringify(text)}, one character at a time`);
    for (let at = 0; at <= text.length; at += 1) {
      assert.deepEqual(pieces(text.slice(0, at), text.slice(at)), want, `${JSON.stringify(text)}, cut at ${at}`);
    }
  }
});

test("any text of fences and lines comes to the same", () => {
  const bits = ["```", "~~~", "`", "\n", "\n\n", " ", "a", "py", "\r\n", "````", "   "];
  let seed = 7;
  const random = (most) => (seed = (seed * 48271) % 2147483647) % most;
  for (let round = 0; round < 3000; round += 1) {
    const parts = Array.from({ length: random(14) }, () => bits[random(bits.length)]);
    const text = parts.join("");
    assert.deepEqual(pieces(...parts), cut(text), JSON.stringify(parts));
  }
});

test("a long text becomes blocks at the ends of its paragraphs, and nothing of it is lost", () => {
  const text = Array.from({ length: 40 }, (_, n) => `paragraph ${n} ${"x".repeat(300)}`).join("\n\n");
  const found = pieces(text);
  assert.ok(found.length > 4);
  assert.equal(found.map((piece) => piece.text).join("\n\n"), text);
});

test("a word is written before its line has ended", () => {
  const steps = [];
  cutter((step) => steps.push(step)).feed("Hello wor");
  assert.deepEqual(steps, [{ open: "prose", lang: "" }, { text: "Hello wor" }]);
});
