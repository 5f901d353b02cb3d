// Ends something for good: asks first, does it, says so, and draws anew the list that it was in.

import { trouble } from "../base/parts.js";
import { sure } from "../base/sure.js";
import { announce } from "../shell/announce.js";

/** Gives back `end(question, act, said)`; the focus goes to the heading of `place`, as its button is gone. */
export const ending = ({ place, problem, draw, signal }) => async (question, act, said) => {
  if (!await sure(question, signal)) return;
  try {
    await act();
    announce(said);
    problem.replaceChildren();
    await draw();
    place.querySelector("h2").focus();
  } catch (error) {
    if (!signal.aborted) problem.replaceChildren(trouble(error));
  }
};
