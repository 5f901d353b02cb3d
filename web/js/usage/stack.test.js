import assert from "node:assert/strict";
import { test } from "node:test";

import { column, columnAt, frame, stacks } from "./stack.js";

const room = frame(646, 244, { left: 40, right: 6, top: 20, bottom: 24 });
const bar = (...parts) => ({
  in: parts.reduce((sum, [tokens]) => sum + tokens, 0),
  out: parts.reduce((sum, [, tokens]) => sum + tokens, 0),
  parts: parts.map(([tokens, out]) => ({ in: tokens, out })),
});

test("pieces stand on each other and fill the height that their sum has", () => {
  const paths = stacks([bar([50, 30], [10, 10])], room, 100);
  assert.deepEqual(paths.map(({ part, direction }) => `${part} ${direction}`), ["0 in", "0 out", "1 in", "1 out"]);
  const tops = paths.map(({ d }) => Number(/M\S+ (\S+?)h/.exec(d)[1]));
  assert.deepEqual(tops, [120, 60, 40, 20]);
});

test("what is little can be seen, what is nothing is not there", () => {
  const [path] = stacks([bar([1, 0]), bar([0, 0])], room, 1_000_000);
  assert.match(path.d, /v1\.5h/);
  assert.equal(path.d.match(/M/g).length, 1);
});

test("the bar under the pointer is the one that is drawn there", () => {
  for (let place = 0; place < 24; place += 1) {
    const { left, width } = column(room, 24, place);
    assert.equal(columnAt(room, 24, left + 0.1), place);
    assert.equal(columnAt(room, 24, left + width - 0.1), place);
  }
  assert.equal(columnAt(room, 24, -50), 0);
  assert.equal(columnAt(room, 24, 9999), 23);
});

test("no bar is narrower than can be seen", () => {
  assert.ok(column(frame(40, 40), 62, 3).width >= 1);
});
