// The turns of a conversation on the page, the oldest first.

import { h } from "../base/dom.js";
import { button } from "../base/parts.js";
import { pastTurn, turn } from "./turn.js";

/** Earlier turns drawn without being asked to. */
const MOST = 20;

export function turns() {
  const element = h("div", { class: "turns" });
  let count = 0;

  return {
    element,

    /** Draws turns of which only the words are known. */
    past(all) {
      const draw = (from, to) => all.slice(from, to).map((each, index) => pastTurn(each, from + index + 1));
      const from = Math.max(0, all.length - MOST);
      const more = from === 0 ? null : button(`Show ${from} earlier turns`, () => {
        const drawn = draw(0, from);
        more.replaceWith(...drawn);
        drawn[0].querySelector("h2").focus();
      });
      element.append(...[more, ...draw(from, all.length)].filter((each) => each !== null));
      count = all.length;
    },

    /** A turn that is over already, in sight. */
    add(one) {
      const drawn = pastTurn(one, ++count);
      element.append(drawn);
      drawn.scrollIntoView({ block: "start" });
    },

    /** A new turn, in sight; gives back its parts, with `drop()` for one that was refused. */
    open(question) {
      const before = [...element.querySelectorAll(".turn:not(.past)")];
      const parts = turn(question, ++count);
      element.append(parts.element);
      before.forEach(fold);
      // On a phone the keyboard would hide what was asked for.
      if (matchMedia("(pointer: coarse)").matches) parts.element.querySelector("h2").focus({ preventScroll: true });
      parts.element.scrollIntoView({ block: "start" });
      // Earlier turns get their real height only when they are drawn.
      requestAnimationFrame(() => parts.element.scrollIntoView({ block: "start" }));
      return {
        ...parts,
        drop() {
          parts.element.remove();
          count -= 1;
        },
      };
    },
  };
}

/** An earlier turn takes less room: what happened is folded away. */
function fold(element) {
  element.classList.add("past");
  for (const each of element.querySelectorAll("details[open]")) each.open = false;
}
