// Where one says of which time, and of whom, usage is shown.

import { h } from "../base/dom.js";
import { field } from "../base/parts.js";
import { LONGEST, SPANS } from "./spans.js";

/** `asked` is `{ span, everyone, since, until }`, changed in place; `onChange` is called then. */
export function chooser(asked, onChange) {
  const own = custom(asked, onChange);
  const spans = h("fieldset", { class: "usage-spans" }, h("legend", { class: "unseen" }, "Time"),
    ...[...SPANS, { name: "custom", words: "Other" }].map(({ name, words }) => option(name, words)));
  const everyone = h("input", { type: "checkbox", id: "usage-everyone", onchange: () => {
    asked.everyone = everyone.checked;
    onChange();
  } });
  everyone.checked = asked.everyone;
  const whose = h("label", { class: "usage-whose", hidden: true }, everyone, "Everyone's usage");

  function option(name, words) {
    const input = h("input", { type: "radio", name: "usage-span", value: name, checked: asked.span === name, onchange: () => choose(name) });
    return h("label", {}, input, h("span", {}, words));
  }

  function choose(name) {
    own.element.hidden = name !== "custom";
    if (name === "custom") return own.open();
    asked.span = name;
    onChange();
  }

  return {
    element: h("div", { class: "usage-choose" }, spans, whose, own.element),
    /** Whether everyone's usage may be asked for. */
    offer(isAllowed) {
      whose.hidden = !isAllowed;
    },
    /** Chooses a span as a click does. */
    set(name) {
      spans.querySelector(`[value="${name}"]`).checked = true;
      choose(name);
    },
  };
}

function custom(asked, onChange) {
  const since = h("input", { type: "datetime-local", required: true });
  const until = h("input", { type: "datetime-local", required: true });
  const why = h("p", { class: "notice bad", role: "alert", hidden: true });
  const element = h("form", { class: "filters usage-custom", hidden: asked.span !== "custom", novalidate: true, onsubmit: submit },
    field("From", since), field("Until", until), h("button", { class: "quiet" }, "Show"), why);

  function submit(event) {
    event.preventDefault();
    const [from, to] = [since, until].map((input) => new Date(input.value).getTime());
    const text = wrong(from, to);
    why.textContent = text ?? "";
    why.hidden = text === null;
    if (text !== null) return since.focus();
    Object.assign(asked, { span: "custom", since: from, until: to });
    onChange();
  }

  function open() {
    since.value = local(asked.since);
    until.value = local(asked.until);
    since.focus();
  }

  return { element, open };
}

function wrong(from, to) {
  if (Number.isNaN(from) || Number.isNaN(to)) return "Fill in both, with the time.";
  if (from >= to) return "“From” has to be before “Until”.";
  if (to - from > LONGEST) return `Choose ${LONGEST / 86_400_000} days at most.`;
  return null;
}

/** A moment as these fields want it: local, to the minute. */
function local(ms) {
  const at = new Date(ms);
  return new Date(ms - at.getTimezoneOffset() * 60_000).toISOString().slice(0, 16);
}
