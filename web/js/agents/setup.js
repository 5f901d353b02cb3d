// How agents are named to the gateway.

import { copyButton } from "../base/copy.js";
import { h } from "../base/dom.js";

const EXAMPLE = "AGENTS=planner=http://localhost:8100,helper=a2a+http://localhost:9000";

export function setUp() {
  const code = h("code", {}, EXAMPLE);
  return h("div", { class: "setup" },
    h("p", { class: "help" }, "Name them in the variable ", h("code", {}, "AGENTS"),
      " and start the gateway again. One that speaks A2A has ", h("code", {}, "a2a+"), " before its address."),
    h("figure", { class: "code" },
      h("figcaption", {}, h("span", {}, "environment"), copyButton(code, "the example")),
      h("pre", { tabindex: "0", role: "region", "aria-label": "Example of AGENTS" }, code)),
    h("p", { class: "help" }, "To look around first, ", h("code", {}, "attach-gateway dev"), " brings a planner and a coder."));
}
