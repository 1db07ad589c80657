/** Reports from the upstream, with an Admin key, page by page. */
import { readFile } from "node:fs/promises";
import {
  formatInstant,
  type Instant,
  isJsonObject,
  type JsonValue,
  PurserError,
} from "../../base/index.ts";
import type { FoundPage } from "./read-report-files.ts";

const PAGES_MAX = 1_000;
const PAGE_BYTES_MAX = 64 * 1_048_576;
const PAGE_TIMEOUT_MS = 60_000;
const KEY_CHARACTERS_MAX = 1_000;

export const FETCH_FORMS = ["analytics", "legacy"] as const;
export type FetchForm = (typeof FETCH_FORMS)[number];
type Kind = "usage" | "cost";

export type FetchQuestion = {
  readonly form: FetchForm;
  readonly kind: Kind;
  readonly since: Instant;
  readonly until: Instant;
  readonly byWorkspace: boolean;
  readonly upstream: string;
  /** A secret: sent in a header and kept nowhere. */
  readonly adminKey: string;
  readonly signal: AbortSignal;
};

const PATHS: { readonly [Form in FetchForm]: { readonly [Name in Kind]: string } } = {
  analytics: {
    usage: "/v1/organizations/analytics/usage",
    cost: "/v1/organizations/analytics/cost",
  },
  legacy: {
    usage: "/v1/organizations/usage_report/messages",
    cost: "/v1/organizations/cost_report",
  },
};
/** The legacy form tells speeds apart only with a beta of its own. */
const BETAS: { readonly [Form in FetchForm]: string } = {
  analytics: "analytics-usage-cost-2026-08-24",
  legacy: "fast-mode-2026-02-01",
};
const GROUPS: { readonly [Form in FetchForm]: { readonly [Name in Kind]: readonly string[] } } = {
  analytics: {
    usage: ["model", "service_tier", "speed", "inference_geo"],
    cost: ["model", "service_tier", "inference_geo", "token_type"],
  },
  legacy: {
    usage: ["model", "service_tier", "speed", "inference_geo"],
    cost: ["description"],
  },
};

/** The key from its file, else from the environment. Errors: `REPORT_KEY_MISSING`. */
export async function adminKeyFrom(
  file: string | undefined,
  environmentKey: string | null,
): Promise<string> {
  const text = file === undefined ? environmentKey : await readFile(file, "utf8").catch(() => null);
  const key = text?.trim() ?? "";
  if (key !== "" && key.length <= KEY_CHARACTERS_MAX && /^[!-~]+$/.test(key)) return key;
  const what = key === "" ? "there is no Admin key" : "this is no key";
  throw new PurserError("REPORT_KEY_MISSING", { what, where: file ?? "PURSER_ADMIN_KEY" });
}

/** Errors: `REPORT_REFUSED`. */
export async function fetchReport(question: FetchQuestion): Promise<readonly FoundPage[]> {
  const pages: FoundPage[] = [];
  const url = urlOf(question);
  for (let next: string | null = null; pages.length < PAGES_MAX; ) {
    if (next !== null) url.searchParams.set("page", next);
    const where = `${url.pathname} page ${pages.length + 1}`;
    const value = await fetchPage(url, question, where);
    pages.push({ value, where });
    const { has_more: more, next_page: following } = isJsonObject(value) ? value : {};
    if (more !== true) return pages;
    if (typeof following !== "string" || following === next) {
      throw new PurserError("REPORT_REFUSED", { what: "the answer names no next page", where });
    }
    next = following;
  }
  const what = `the report has more than ${PAGES_MAX} pages`;
  throw new PurserError("REPORT_REFUSED", { what, mend: "Ask for fewer days." });
}

function urlOf({ form, kind, since, until, byWorkspace, upstream }: FetchQuestion): URL {
  const url = new URL(PATHS[form][kind], upstream);
  const query = url.searchParams;
  query.set("starting_at", formatInstant(since));
  query.set("ending_at", formatInstant(until));
  query.set(form === "analytics" ? "time_bucket_width" : "bucket_width", "1d");
  query.set("limit", form === "analytics" ? "1000" : "31");
  const groups = [...GROUPS[form][kind], ...(byWorkspace ? ["workspace_id"] : [])];
  for (const group of groups) query.append("group_by[]", group);
  return url;
}

async function fetchPage(url: URL, question: FetchQuestion, where: string): Promise<JsonValue> {
  const refused = (what: string): never => {
    throw new PurserError("REPORT_REFUSED", { what, where });
  };
  const headers = {
    "x-api-key": question.adminKey,
    "anthropic-version": "2023-06-01",
    "anthropic-beta": BETAS[question.form],
  };
  const signal = AbortSignal.any([question.signal, AbortSignal.timeout(PAGE_TIMEOUT_MS)]);
  // A redirect could carry the key elsewhere.
  const answer = await fetch(url, { headers, signal, redirect: "error" }).catch(() => null);
  if (answer === null) return refused("the upstream did not answer");
  const text = await boundedText(answer);
  if (answer.status !== 200) return refused(`the upstream answered with status ${answer.status}`);
  if (text === null) return refused("the answer is larger than 64 MiB, or was cut off");
  try {
    return JSON.parse(text) as JsonValue;
  } catch {
    return refused("the answer is not JSON");
  }
}

/** `null` when it is larger than a page may be, or breaks off. */
async function boundedText(answer: Response): Promise<string | null> {
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  try {
    for await (const chunk of answer.body ?? []) {
      bytes += chunk.byteLength;
      if (bytes > PAGE_BYTES_MAX) return null;
      chunks.push(chunk);
    }
  } catch {
    return null;
  }
  return Buffer.concat(chunks).toString("utf8");
}
