/** What a wall clock shows in a named zone, by the platform's own table of zones. */

/** Milliseconds that a zone's wall clock is ahead of UTC at an instant. */
export type TimeZone = { readonly offsetMs: (atMs: number) => number };

const SECOND_MS = 1_000;

export function isTimeZone(name: string): boolean {
  try {
    new Intl.DateTimeFormat("en-US", { timeZone: name });
    return true;
  } catch {
    return false;
  }
}

const zones = new Map<string, TimeZone>();
/** Zones kept; there are about six hundred names. */
const ZONES_MAX = 1_000;

/** `name` must be one that {@link isTimeZone} accepts. */
export function timeZone(name: string): TimeZone {
  const known = zones.get(name);
  if (known !== undefined) return known;
  const zone = name === "UTC" ? { offsetMs: () => 0 } : zoneOf(name);
  if (zones.size < ZONES_MAX) zones.set(name, zone);
  return zone;
}

function zoneOf(name: string): TimeZone {
  const format = new Intl.DateTimeFormat("en-US", {
    timeZone: name,
    hourCycle: "h23",
    year: "numeric",
    month: "numeric",
    day: "numeric",
    hour: "numeric",
    minute: "numeric",
    second: "numeric",
  });
  return {
    offsetMs: (atMs) => {
      const wall: Record<string, number> = {};
      for (const { type, value } of format.formatToParts(atMs)) wall[type] = Number(value);
      const { year = 0, month = 1, day = 1, hour = 0, minute = 0, second = 0 } = wall;
      const shown = Date.UTC(year, month - 1, day, hour, minute, second);
      return shown - Math.floor(atMs / SECOND_MS) * SECOND_MS;
    },
  };
}

/** The first instant in `(fromMs, toMs]` at which the zone's offset is that of `toMs`. */
export function transitionBetween(zone: TimeZone, fromMs: number, toMs: number): number {
  const after = zone.offsetMs(toMs);
  let [low, high] = [fromMs, toMs];
  while (high - low > 1) {
    const middle = Math.floor((low + high) / 2);
    if (zone.offsetMs(middle) === after) high = middle;
    else low = middle;
  }
  return high;
}
