// Where one is signed in, and ending it there.

import * as api from "../base/api.js";
import { h } from "../base/dom.js";
import { button, card, chip, empty } from "../base/parts.js";
import { moment } from "../base/time.js";
import { ending } from "./ending.js";
import { coming } from "./identity.js";
import { sessionState } from "./words.js";

export async function sessions(place, _, signal) {
  const problem = h("div", {});
  const list = h("div", {});
  const draw = async () => {
    const found = await api.sessions(signal);
    list.replaceChildren(found.length === 0
      ? empty("No session is known yet.", "Each browser and program you use shows here after its first request.")
      : h("ul", { class: "things" }, ...found.map((one) => row(one, end))));
  };

  const forGood = ending({ place, problem, draw, signal });
  const end = (one) => forGood({
    title: "End this session?",
    text: "Whoever uses it has to sign in again. Tasks that run go on.",
    yes: "End it",
  }, () => api.endSession(one.session_id), "The session has ended.");

  await draw();
  const it = card("Sessions", h("p", { class: "help" }, "Where your requests come from, newest first."), problem, list);
  it.querySelector("h2").tabIndex = -1;
  place.replaceChildren(it);
}

function row(one, end) {
  const standing = sessionState(one);
  const name = one.browser ? "Browser" : "Token";
  return h("li", {},
    h("div", { class: "row-main" },
      h("p", { class: "row-name" }, name, " ", h("code", { class: "help" }, one.session_id.slice(0, 8)), " ",
        standing && chip(standing.state, standing.word)),
      h("p", { class: "help" },
        "last used ", moment(one.last_seen), " · first ", moment(one.first_seen, "day"),
        ` · ${one.requests.toLocaleString("en-GB")} ${one.requests === 1 ? "request" : "requests"}`,
        one.open && one.until ? [" · until ", coming(one.until)] : null)),
    act(one, end));
}

function act(one, end) {
  if (!one.browser) return h("p", { class: "help" }, "lasts as long as its token");
  if (!one.open || one.current) return null;
  return button("End", () => end(one), { "aria-label": `End the session ${one.session_id.slice(0, 8)}` });
}
