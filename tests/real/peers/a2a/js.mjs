// Checks of a gateway by @a2a-js/sdk: names of the files that hold them.

import { runChecks } from "./checks.mjs";

for (const part of process.argv.slice(2)) await import(`./${part}.mjs`);
await runChecks();
