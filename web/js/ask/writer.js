// Writes a text onto the page while it comes: only what has changed of it is drawn anew.

import { h } from "../base/dom.js";
import { codeFrame, piecesOf, written } from "../base/written.js";

/** Characters drawn while they come. */
const MOST = 30_000;

/** `write(text)` draws all there is by now with the next frame of the screen; `end()` at once. */
export function writer(place) {
  let text = "";
  let drawn = [];
  let frame = null;

  function draw() {
    frame = null;
    const pieces = piecesOf(text.slice(0, MOST));
    for (const { element } of drawn.slice(pieces.length)) element.remove();
    drawn = pieces.map((piece, index) => put(place, drawn[index], piece));
  }

  return {
    write(all) {
      text = all;
      frame ??= requestAnimationFrame(draw);
    },
    end() {
      cancelAnimationFrame(frame);
      if (text.length > MOST) place.replaceChildren(written(text));
      else draw();
    },
  };
}

/** Draws a piece where an older state of it may stand. */
function put(place, old, piece) {
  if (old?.code === piece.code && old.lang === piece.lang) {
    if (old.text !== piece.text) old.node.textContent = piece.text;
    return { ...old, text: piece.text };
  }
  const made = build(piece);
  if (old) old.element.replaceWith(made.element);
  else place.append(made.element);
  return made;
}

function build(piece) {
  const node = h(piece.code ? "code" : "div", piece.code ? {} : { class: "prose", dir: "auto" }, piece.text);
  if (!piece.code) return { ...piece, node, element: node };
  return { ...piece, node, element: codeFrame(node, piece.lang) };
}
