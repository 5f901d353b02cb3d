// Writes a text onto the page while it comes: what stands there is added to, and drawn anew only
// where it turns out to be something else, as a line that becomes a fence.

import { h } from "../base/dom.js";
import { codeFrame, piecesOf, written } from "../base/written.js";

/** Characters drawn while they come. */
const MOST = 30_000;
const NEAR_PX = 120;

/** `add(text)` is drawn with the next frame of the screen; `end()` draws what is left, and gives back all of it. */
export function writer(place) {
  const into = h("div", { class: "pieces" });
  place.append(into);
  let text = "";
  let drawn = [];
  let frame = null;

  function draw() {
    frame = null;
    const page = document.scrollingElement;
    const isAtEnd = page.scrollTop > 0 && page.scrollHeight - page.clientHeight - page.scrollTop < NEAR_PX;
    const pieces = piecesOf(text.slice(0, MOST));
    for (const { element } of drawn.slice(pieces.length)) element.remove();
    drawn = pieces.map((piece, index) => put(into, drawn[index], piece));
    if (isAtEnd) page.scrollTop = page.scrollHeight;
  }

  return {
    add(piece) {
      text += piece;
      if (text.length - piece.length < MOST) frame ??= requestAnimationFrame(draw);
    },
    end() {
      cancelAnimationFrame(frame);
      if (text.length > MOST) into.replaceWith(written(text));
      else draw();
      return text;
    },
  };
}

/** Draws a piece where an older state of it may stand. */
function put(into, old, piece) {
  if (old?.code !== piece.code || old.lang !== piece.lang) {
    const made = build(piece);
    if (old) old.element.replaceWith(made.element);
    else into.append(made.element);
    return made;
  }
  // One node for each addition: to lengthen a long one copies it.
  if (!piece.text.startsWith(old.text)) old.node.textContent = piece.text;
  else if (piece.text !== old.text) old.node.append(piece.text.slice(old.text.length));
  return { ...old, ...piece };
}

function build(piece) {
  const node = piece.code ? h("code", {}, piece.text) : h("div", { class: "prose", dir: "auto" }, piece.text);
  if (!piece.code) return { ...piece, node, element: node };
  const { figure, pre } = codeFrame(node, piece.lang);
  figure.append(pre);
  return { ...piece, node, element: figure };
}
