// Numbers and names in words.

/** `1,024` */
export const whole = (number) => number.toLocaleString("en-GB");

/** What people call whom a task is for: `planner`, `the gateway's chat`, `workflow Billing`, `host/path`. */
export function who(target) {
  if (!target) return "an agent";
  if (target === "chat") return "the gateway's chat";
  // What turns the direction of writing would turn the sentence around it, too.
  const name = target.replace(/[\u202a-\u202e\u2066-\u2069]/g, "");
  return cut(name.replace("temporal://", "workflow ").replace(/^https?:\/\//, ""), 100);
}

export const capital = (text) => (text ? text[0].toUpperCase() + text.slice(1) : text);

/** No more of a text than `most`. */
export const cut = (text, most) => (text.length > most ? `${text.slice(0, most)}…` : text);

/** Names in a sentence, the first few of many. */
export const listed = (names) =>
  new Intl.ListFormat("en-GB").format(names.length > 4 ? [...names.slice(0, 3), `${names.length - 3} more`] : names);
