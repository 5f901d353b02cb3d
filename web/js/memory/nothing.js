// There is nothing to show: why, and what to do.

import { h } from "../base/dom.js";
import { empty } from "../base/parts.js";
import { codeBlock } from "../base/written.js";

export const isOff = (error) => error?.status === 503 && (error.code === "memory_off" || /MEM_BACKEND/.test(error.detail));

export const off = () =>
  h("section", { class: "empty", "aria-labelledby": "memory-off" },
    h("h2", { id: "memory-off" }, "Memory is off here."),
    h("p", { class: "help" }, "Prompts, answers and documents are not kept, so there is nothing to look at. Whoever runs the gateway turns it on with the setting MEM_BACKEND and a restart:"),
    codeBlock({ lang: "sh", text: "MEM_BACKEND=sqlite     # in the gateway's own file\nMEM_BACKEND=postgres   # where DATABASE_URL is a PostgreSQL server\nMEM_BACKEND=weaviate   # with WEAVIATE_URL" }));

/** No event fits what is asked for. */
export function nothing(isSearch, isNarrowed) {
  if (isSearch && isNarrowed) return empty("Nothing has these words and fits these filters.", "Clear the filters to see what else has the words.");
  if (isSearch) return empty("Nothing has these words.", "A search finds whole words, in any case; any one of them is enough. It looks at your newest 50,000 events.");
  if (isNarrowed) return empty("Nothing fits these filters.", "Clear them to see all that is kept.");
  return firstSteps();
}

const WRITE = `curl "$GATEWAY/mem/events" -H "Authorization: Bearer $TOKEN" \\
  -H "Content-Type: application/json" \\
  -d '{"title": "plan", "text": "1. Read the list"}'`;

function firstSteps() {
  return empty("Nothing is kept yet.",
    "Prompts and answers of your chats, tasks and what became of them, and what agents write down come here by themselves. Secrets in them are blacked out first.",
    h("p", {}, h("a", { href: "#/ask" }, "Ask something")),
    h("p", { class: "help" }, "Or write a document yourself:"),
    codeBlock({ lang: "sh", text: WRITE }));
}
