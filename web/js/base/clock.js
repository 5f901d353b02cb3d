// The gateway's time, so that running times are right where this computer's clock is not.

const SLACK_MS = 2000;
let ahead = 0;

/** Takes in the `Date` header of an answer, which is exact to a second. */
export function hearDate(header) {
  const heard = Date.parse(header ?? "");
  if (Number.isNaN(heard)) return;
  const difference = Date.now() - heard;
  ahead = Math.abs(difference) > SLACK_MS ? difference : 0;
}

export const now = () => Date.now() - ahead;
