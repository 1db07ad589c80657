/** Who calls: the API key, the workspace it belongs to, the API version. */
import { type ApiFailure, invalidRequest } from "../faults/index.ts";
import type { SimulatorOptions } from "../options.ts";

export const DEFAULT_WORKSPACE = "wrkspc_default";
export const API_VERSIONS = ["2023-06-01", "2026-10-21"] as const;
export type ApiVersion = (typeof API_VERSIONS)[number];

type Headers = Readonly<Record<string, string>>;

/** The workspace of the caller, or the 401 that it gets. */
export function authenticate(headers: Headers, options: SimulatorOptions): string | ApiFailure {
  const bearer = /^Bearer\s+(\S+)$/i.exec(headers.authorization ?? "")?.[1];
  const key = headers["x-api-key"] ?? bearer ?? "";
  if (key === "") return unauthenticated("x-api-key header is required");
  if (options.apiKeys !== undefined && !options.apiKeys.includes(key)) {
    return unauthenticated(bearer === undefined ? "invalid x-api-key" : "Invalid bearer token");
  }
  return options.workspaces?.[key] ?? DEFAULT_WORKSPACE;
}

function unauthenticated(message: string): ApiFailure {
  return { status: 401, type: "authentication_error", message };
}

export function readVersion(headers: Headers): ApiVersion | ApiFailure {
  const asked = headers["anthropic-version"];
  if (asked === undefined || asked === "") {
    return invalidRequest("anthropic-version: header is required");
  }
  const version = API_VERSIONS.find((candidate) => candidate === asked);
  return (
    version ?? invalidRequest(`anthropic-version: "${asked.slice(0, 40)}" is not a valid version`)
  );
}

export function readBetas(headers: Headers): readonly string[] {
  return (headers["anthropic-beta"] ?? "")
    .split(",")
    .map((beta) => beta.trim())
    .filter(Boolean);
}
