/** The top-level `cache_control` ("automatic caching"): it marks the last block that takes a marker. */
import { isJsonObject, type JsonValue } from "../../base/index.ts";
import type { UnhashedUnit } from "./prompt-unit.ts";

/** Index of the unit that the automatic marker would stand on; -1 when there is none. */
export function automaticMarkerIndex(units: readonly UnhashedUnit[]): number {
  return units.findLastIndex((unit) => unit.markable);
}

/** Places the marker; an explicit one of the same lifetime that stands there already is kept. */
export function placeAutomaticMarker(
  units: readonly UnhashedUnit[],
  control: JsonValue | undefined,
): readonly UnhashedUnit[] {
  if (!isJsonObject(control)) return units;
  const index = automaticMarkerIndex(units);
  const lifetime = control.ttl === "1h" ? "1h" : "5m";
  return units.map((unit, at) =>
    at === index && unit.marker === null
      ? { ...unit, marker: { lifetime, automatic: true } }
      : unit,
  );
}
