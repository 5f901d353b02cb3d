// A task as a command for the terminal. Secrets and places are left to the shell's variables.

import { requestOf } from "../base/request.js";

/** One word for a POSIX shell, whatever it holds. */
export const quote = (text) => `'${text.replaceAll("'", "'\\''")}'`;

/** Sends the same input to the same target; needs `$GATEWAY` (`https://…`) and `$TOKEN`. */
export function curlOf(target, input) {
  return [
    'curl "$GATEWAY/a2a/tasks/send"',
    '-H "Authorization: Bearer $TOKEN"',
    "-H 'Content-Type: application/json'",
    // Not `--data`, which would take a text that begins with @ as the name of a file.
    `--data-raw ${quote(JSON.stringify(requestOf(target, input)))}`,
  ].join(" \\\n  ");
}
