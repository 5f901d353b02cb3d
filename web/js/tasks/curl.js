// A task as a command for the terminal. The token is left to a variable of the shell.

import { requestOf } from "../base/api.js";

/** One word for a POSIX shell, whatever it holds. */
export const quote = (text) => `'${text.replaceAll("'", "'\\''")}'`;

/** Sends the same input to the same target of the gateway at `origin`; needs `$ATTACH_TOKEN`. */
export function curlOf(origin, target, input) {
  return [
    `curl ${quote(`${origin}/a2a/tasks/send`)}`,
    '-H "Authorization: Bearer $ATTACH_TOKEN"',
    "-H 'Content-Type: application/json'",
    // Not `--data`, which would take a text that begins with @ as the name of a file.
    `--data-raw ${quote(JSON.stringify(requestOf(target, input)))}`,
  ].join(" \\\n  ");
}
