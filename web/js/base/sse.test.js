// Run with `node --test web/js/`; the page does not load this file.

import assert from "node:assert/strict";
import { test } from "node:test";

import { sseParser } from "./sse.js";

function parse(...pieces) {
  const events = [];
  const feed = sseParser((event) => events.push(event));
  for (const piece of pieces) feed(piece);
  return events;
}

test("an event with an id and data", () => {
  assert.deepEqual(parse('id: 7\ndata: {"seq":7}\n\n'), [
    { id: "7", type: "message", data: '{"seq":7}' },
  ]);
});

test("keep-alive comments give nothing", () => {
  assert.deepEqual(parse(":\n\n: still here\n\n"), []);
});

test("an unfinished event is not given", () => {
  assert.deepEqual(parse("id: 1\ndata: half\n"), []);
});

test("several data lines are joined by line feeds", () => {
  assert.equal(parse("data: a\ndata:\ndata: b\n\n")[0].data, "a\n\nb");
});

test("only one leading space of a value is dropped", () => {
  assert.equal(parse("data:  two\n\n")[0].data, " two");
  assert.equal(parse("data:none\n\n")[0].data, "none");
});

test("an event type is given and does not outlive its event", () => {
  assert.deepEqual(
    parse("event: task\ndata: a\n\ndata: b\n\n").map((event) => event.type),
    ["task", "message"],
  );
});

test("the id outlives its event, and one with a NUL is ignored", () => {
  assert.deepEqual(
    parse("id: 3\ndata: a\n\nid: x\0\ndata: b\n\nid\ndata: c\n\n").map((event) => event.id),
    ["3", "3", ""],
  );
});

test("a byte order mark at the very start is dropped", () => {
  assert.equal(parse("\uFEFFdata: a\n\n")[0].data, "a");
});

test("unknown fields and fields without a colon are no trouble", () => {
  assert.deepEqual(parse("data\nfoo: bar\n\n"), [{ id: "", type: "message", data: "" }]);
});

test("a line feed right after a cut CRLF still ends the event", () => {
  assert.deepEqual(parse("data: a\r", "\n", "\n").map((event) => event.data), ["a"]);
});

for (const [name, end] of [["LF", "\n"], ["CR", "\r"], ["CRLF", "\r\n"]]) {
  test(`${name} line ends, cut at every place`, () => {
    const text = ["id: 1", "data: é1", "data: 2", "", ":", "id: 2", "data: 3", "", ""].join(end);
    const want = [
      { id: "1", type: "message", data: "é1\n2" },
      { id: "2", type: "message", data: "3" },
    ];
    for (let cut = 0; cut <= text.length; cut += 1) {
      assert.deepEqual(parse(text.slice(0, cut), text.slice(cut)), want, `cut at ${cut}`);
    }
    assert.deepEqual(parse(...text), want, "one character at a time");
  });
}
