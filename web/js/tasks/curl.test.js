// Run with `node --test web/js/`; the page does not load this file.

import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { test } from "node:test";

import { curlOf, quote } from "./curl.js";

const ODD = ["'", '"', "\\", "$", "`", "!", "\n", "\r", "\t", " ", "*", "?", "#", ";", "&", "|", "(", "~", "@",
  "\u0001", "\u007f", "é", "漢", "🎈", "\u202e", "\u200b", "\u2028", "$(id)", "${HOME}", "'\\''", "%s", "--", "a", "7"];

const odd = (length) => Array.from({ length }, () => ODD[Math.floor(Math.random() * ODD.length)]).join("");

/** The words a real shell makes of a text. */
function words(text) {
  const script = `curl() { for word in "$@"; do printf '%s\\0' "$word"; done; }\n${text}\n`;
  const out = execFileSync("sh", ["-s"], { input: script, env: { ATTACH_TOKEN: "t0ken", PATH: process.env.PATH } });
  return out.toString().split("\0").slice(0, -1);
}

test("a shell reads every quoted text as the one word it was", () => {
  const texts = ["", "-n", "@file", "'", "''", "a'b", ...Array.from({ length: 400 }, (_, length) => odd(length % 60))];
  assert.deepEqual(words(`curl ${texts.map(quote).join(" ")}`), texts);
});

test("the command sends the same input to the same target, whatever it holds", () => {
  for (let turn = 0; turn < 40; turn += 1) {
    const input = { messages: [{ role: "user", content: odd(80) }], [odd(5)]: [odd(9), turn, null, { deep: odd(20) }] };
    const target = ["planner", odd(10).replaceAll("://", ""), `https://agent.example/${odd(4)}`, null][turn % 4];
    const sent = words(curlOf("https://gw", target, input));
    assert.deepEqual(sent.slice(0, 6), ["https://gw/a2a/tasks/send", "-H", "Authorization: Bearer t0ken",
      "-H", "Content-Type: application/json", "--data-raw"]);
    assert.equal(sent.length, 7);
    const body = JSON.parse(sent[6]);
    assert.deepEqual(body.input, JSON.parse(JSON.stringify(input)));
    if (target === null || target === "") assert.deepEqual(Object.keys(body), ["input"]);
    else assert.equal(target.includes("://") ? body.target_url : body.target, target);
  }
});

test("half a character of two does not break the command", () => {
  const sent = words(curlOf("https://gw", null, "\ud83c"));
  assert.deepEqual(JSON.parse(sent.at(-1)), { input: "\ud83c" });
});

test("no secret stands in it", () => {
  assert.match(curlOf("https://gw", "coder", 1), /Bearer \$ATTACH_TOKEN"/);
});
