// Round numbers and round times for the axes of a chart.

const HOUR = 60;
const DAY = 24 * HOUR;
const MINUTES = [1, 5, 10, 15, 30, HOUR, 2 * HOUR, 3 * HOUR, 6 * HOUR, 12 * HOUR, DAY];
const STRIDES = [1, 2, 3, 5, 7, 10, 14, 28, 60];

/** Ticks of 1, 2 or 5 times a power of ten from 0 to the first that is not below `max`; about `most` of them. */
export function roundTicks(max, most = 5) {
  const step = roundStep(Math.max(max, 1) / most);
  const ticks = [];
  for (let place = 0; ; place += 1) {
    ticks.push(place * step);
    if (place * step >= max && place > 0) return ticks;
  }
}

function roundStep(rough) {
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = [1, 2, 5, 10].map((times) => times * power).find((one) => one >= rough * (1 - 1e-9));
  // Half a token is no number to look at.
  return Math.max(1, Math.round(step));
}

/**
 * The places in `edges` (beginnings of bars, each `minutes` long) that get a word below the axis: no more
 * than `most`, at round times of the day where bars are shorter than a day.
 */
export function timeTicks(edges, minutes, most) {
  const places = edges.map((_, place) => place);
  if (minutes < DAY) {
    for (const every of MINUTES) {
      const round = places.filter((place) => minuteOfDay(edges[place]) % every === 0);
      if (round.length > 0 && round.length <= most) return round;
    }
    // Where the hour here does not begin with the gateway's, no bar begins at a round time.
    const midnights = places.filter((place) => minuteOfDay(edges[place]) === 0);
    return thin(midnights.length > 0 ? midnights : places, most);
  }
  return thin(places, most);
}

function thin(places, most) {
  const stride = STRIDES.find((one) => Math.ceil(places.length / one) <= most) ?? Math.ceil(places.length / Math.max(1, most));
  return places.filter((_, at) => at % stride === 0);
}

function minuteOfDay(ms) {
  const at = new Date(ms);
  return at.getHours() * HOUR + at.getMinutes();
}
