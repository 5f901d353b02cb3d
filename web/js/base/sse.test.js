// Run with `node --test web/js/`; the page does not load this file.

import assert from "node:assert/strict";
import { test } from "node:test";

import { sseParser } from "./sse.js";

function parse(...pieces) {
  const found = [];
  const feed = sseParser(({ data }) => found.push(data));
  for (const piece of pieces) feed(piece);
  return found;
}

test("an event is its data", () => {
  assert.deepEqual(parse('id: 7\nevent: task\ndata: {"seq":7}\n\n'), ['{"seq":7}']);
});

test("keep-alive comments give nothing", () => {
  assert.deepEqual(parse(":\n\n: data: a\n\n"), []);
});

test("an unfinished event is not given", () => {
  assert.deepEqual(parse("id: 1\ndata: half\n"), []);
});

test("several data lines are joined by line feeds", () => {
  assert.deepEqual(parse("data: a\ndata:\ndata: b\n\n"), ["a\n\nb"]);
});

test("only one leading space of a value is dropped", () => {
  assert.deepEqual(parse("data:  two\n\ndata:none\n\ndata: a: b\n\n"), [" two", "none", "a: b"]);
});

test("unknown fields and fields without a colon are no trouble", () => {
  assert.deepEqual(parse("data\nfoo: bar\n\n"), [""]);
});

for (const [name, end] of [["LF", "\n"], ["CRLF", "\r\n"]]) {
  test(`${name} line ends, cut at every place`, () => {
    const text = ["id: 1", "data: é1", "data: 2", "", ":", "id: 2", "data: 3", "", ""].join(end);
    const want = ["é1\n2", "3"];
    for (let cut = 0; cut <= text.length; cut += 1) assert.deepEqual(parse(text.slice(0, cut), text.slice(cut)), want, `cut at ${cut}`);
    assert.deepEqual(parse(...text), want, "one character at a time");
  });
}
