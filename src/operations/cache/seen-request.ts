/** An exchange of the ledger as the diagnosis of misses sees it, or why it cannot go in. */
import type { BillLine } from "../../domain/billing/index.ts";
import type {
  Catalogue,
  ModelFacts,
  TokenizerFamily,
  TokenRates,
} from "../../domain/catalogue/index.ts";
import { findCacheDecision } from "../../domain/policy/index.ts";
import { estimateBlockTokens, type StoredBlock } from "../../domain/prompt/index.ts";
import type {
  PlaceKind,
  SeenBlock,
  SeenRequest,
  TokenPrices,
} from "../../domain/prompt-cache/index.ts";
import type { MeasuredCharge, PromptedExchange } from "../../stores/contracts/index.ts";
import { ratesOf } from "./priced-model.ts";

export type SeenOutcome =
  | { readonly kind: "seen"; readonly request: SeenRequest }
  | { readonly kind: "left-out"; readonly reason: string };

/** An image costs no more than its tier allows; its bytes say little. */
const IMAGE_TOKENS_MAX = 1_600;
/** The provider's own tool-use prompt, before the first tool. */
const TOOL_PROMPT_TOKENS = 500;
const UNMARKABLE: ReadonlySet<string> = new Set(["thinking", "redacted_thinking"]);

export function seenRequest(exchange: PromptedExchange, catalogue: Catalogue): SeenOutcome {
  const { opened, settled, path } = exchange;
  const measured = settled?.measured ?? null;
  if (measured === null || settled === null) return leftOut("it has no measured bill");
  if (path === null || path.length === 0) return leftOut("its prompt is not in the ledger");
  const resolution = catalogue.resolve(settled.modelServed ?? opened.modelAsked ?? "");
  if (resolution.kind === "unknown") return leftOut("its model is unknown");
  const { facts } = resolution;
  if (facts.minimumCacheableTokens === null) return leftOut("its model is sold without caching");
  const tokens = tokensOf(measured);
  const prices = pricesOf(exchange, measured, facts, catalogue);
  if (prices === null) return leftOut("its prompt was billed at more than one price");
  const request: SeenRequest = {
    id: opened.exchange,
    startMs: opened.at,
    responseBeginMs: settled.firstByteAt ?? settled.at,
    model: facts.id,
    speed: measured.usage.speed ?? opened.settings.speed ?? "standard",
    settings: opened.settings,
    prefixTokensMin: facts.minimumCacheableTokens,
    prices,
    blocks: path.map((block, index) => seenBlock(block, index, facts.tokenizer)),
    markers: markersOf(exchange, path),
    tokens,
    prefixBreak: opened.prefixBreak,
    reportedMiss: settled.reportedMiss?.reason ?? null,
  };
  return { kind: "seen", request };
}

function leftOut(reason: string): SeenOutcome {
  return { kind: "left-out", reason };
}

function tokensOf({ usage }: MeasuredCharge): SeenRequest["tokens"] {
  return {
    read: usage.cacheReadTokens,
    write5m: usage.cacheWrite5mTokens,
    write1h: usage.cacheWrite1hTokens,
    input: usage.inputTokens,
  };
}

const PROMPT_ITEMS: ReadonlySet<BillLine["item"]> = new Set([
  "input",
  "cache_read",
  "cache_write_5m",
  "cache_write_1h",
]);

/** The prices that the prompt was billed at; `null` where these do not come to its bill exactly. */
function pricesOf(
  { opened }: PromptedExchange,
  measured: MeasuredCharge,
  facts: ModelFacts,
  catalogue: Catalogue,
): TokenPrices | null {
  const { usage, lines } = measured;
  const tokens = tokensOf(measured);
  const promptTokens = tokens.read + tokens.write5m + tokens.write1h + tokens.input;
  const rates = ratesOf(catalogue, facts, { at: opened.at, pricedAs: usage, promptTokens });
  const prices = rates === null ? null : wholePrices(rates);
  if (prices === null) return null;
  const billed = lines
    .filter(({ item }) => PROMPT_ITEMS.has(item))
    .reduce((sum, { amount }) => sum + amount, 0n);
  const priced =
    BigInt(tokens.input) * BigInt(prices.input) +
    BigInt(tokens.read) * BigInt(prices.read) +
    BigInt(tokens.write5m) * BigInt(prices.write5m) +
    BigInt(tokens.write1h) * BigInt(prices.write1h);
  return priced === billed ? prices : null;
}

/** One token at one micro-dollar per million costs one picodollar, so these are whole. */
function wholePrices({ input, cacheRead, cacheWrite5m, cacheWrite1h }: TokenRates) {
  if (cacheRead === null || cacheWrite5m === null || cacheWrite1h === null) return null;
  return {
    input: Number(input),
    read: Number(cacheRead),
    write5m: Number(cacheWrite5m),
    write1h: Number(cacheWrite1h),
  };
}

function seenBlock(block: StoredBlock, index: number, tokenizer: TokenizerFamily): SeenBlock {
  const { section, type, role, bytes, fingerprint } = block;
  const estimate = estimateBlockTokens({ section, type, bytes, content: "" }, tokenizer);
  const tokens = Math.max(1, type === "image" ? Math.min(estimate, IMAGE_TOKENS_MAX) : estimate);
  return {
    key: `${role ?? ""} ${fingerprint}`,
    section,
    kind: kindOf(block),
    weight: tokens + (index === 0 && section === "tools" ? TOOL_PROMPT_TOKENS : 0),
  };
}

function kindOf({ section, type, role }: StoredBlock): PlaceKind {
  if (section !== "messages") return section;
  if (type === "tool_use" || type === "tool_result") return type;
  if (type.endsWith("_tool_result")) return "server_tool_result";
  return role === "assistant" ? "assistant" : "user_text";
}

/** As forwarded: those of a policy, or what the client set and the API's own on the last block. */
function markersOf(
  { opened }: PromptedExchange,
  path: readonly StoredBlock[],
): SeenRequest["markers"] {
  const { prompt } = opened;
  const decision = findCacheDecision(opened.decisions);
  if (decision?.kind === "apply") {
    return decision.markers.map(({ block, lifetime }) => ({ position: block, lifetime }));
  }
  if (prompt === null) return [];
  const { markers, automaticMarker } = prompt;
  const last = path.findLastIndex(({ type }) => !UNMARKABLE.has(type));
  const stands = markers.some(({ position }) => position === last);
  if (automaticMarker === null || last === -1 || stands) return markers;
  return [...markers, { position: last, lifetime: automaticMarker }];
}
