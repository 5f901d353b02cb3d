// Memory is off: what turns it on.

import { h } from "../base/dom.js";
import { codeBlock } from "../base/written.js";

export const isOff = (error) => error?.status === 503 && (error.code === "memory_off" || /MEM_BACKEND/.test(error.detail));

export const off = () =>
  h("section", { class: "empty", "aria-labelledby": "memory-off" },
    h("h2", { id: "memory-off" }, "Memory is off here."),
    h("p", { class: "help" }, "Prompts, answers and documents are not kept, so there is nothing to look at. Whoever runs the gateway turns it on with the setting MEM_BACKEND and a restart:"),
    codeBlock({ lang: "sh", text: "MEM_BACKEND=sqlite     # in the gateway's own file\nMEM_BACKEND=postgres   # where DATABASE_URL is a PostgreSQL server\nMEM_BACKEND=weaviate   # with WEAVIATE_URL" }));
