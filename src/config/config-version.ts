/** Tells configurations apart by what they mean. */
import { createHash } from "node:crypto";
import { isJsonObject } from "../base/index.ts";
import type { LoadedConfig } from "./loaded.ts";

/** Of every setting that changes behaviour; the secrets stay out. */
export function configVersion(config: Omit<LoadedConfig, "version">): string {
  const { upstream, control, data, ...rest } = config;
  const { file: _file, warnings: _warnings, ...settings } = rest;
  const { token: _token, ...controlRest } = control;
  const { proxy, key, ...upstreamRest } = upstream;
  const hashed = {
    ...settings,
    data,
    control: controlRest,
    upstream: { ...upstreamRest, proxied: proxy !== null, keyed: key !== null },
  };
  return createHash("sha256").update(meaningOf(hashed)).digest("hex").slice(0, 16);
}

/** The same text for the same settings, however they were written. */
export function meaningOf(value: unknown): string {
  return JSON.stringify(value, sorted);
}

/** Objects with their keys in order and prices as texts, so that one meaning has one hash. */
function sorted(_key: string, value: unknown): unknown {
  if (typeof value === "bigint") return value.toString();
  if (!isJsonObject(value)) return value;
  return Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)));
}
