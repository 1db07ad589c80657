/** Exchanges of the ledger as calls of a what-if: in columns without prompts, or one by one with them. */
import { picoUsd } from "../../../base/index.ts";
import type { Catalogue } from "../../../domain/catalogue/index.ts";
import type { PlannedMarker } from "../../../domain/prompt-cache/index.ts";
import type { CallProfile, RecordedCall, RecordedPrompt } from "../../../domain/workloads/index.ts";
import type {
  PromptedExchange,
  TrafficBatch,
  TrafficProfile,
} from "../../../stores/contracts/index.ts";
import { billedBlocks } from "./billed-blocks.ts";

/** Who of many users it was, and in which session, is not in the columns. */
type Caller = { readonly user: string | null; readonly session: string | null };
const NOBODY: Caller = { user: null, session: null };

export function profileOfTraffic(
  traffic: TrafficProfile,
  catalogue: Catalogue,
  caller: Caller = NOBODY,
): CallProfile {
  const { endpoint, modelAsked, modelServed, key, team, userType, tags, effort } = traffic;
  const { serviceTier, speed, inferenceGeo, composite } = traffic;
  const resolution = catalogue.resolve(modelServed ?? modelAsked ?? "");
  return {
    facts: { endpoint, model: modelAsked, key, team, userType, tags, ...caller },
    model: resolution.kind === "known" ? resolution.facts : null,
    pricedAs: { serviceTier, speed, inferenceGeo },
    effort,
    composite,
  };
}

/** The call in one row of a batch. */
export function callOfTraffic(batch: TrafficBatch, row: number): RecordedCall {
  const atMs = batch.openedMs[row] ?? 0;
  return {
    atMs,
    responseBeginMs: atMs,
    cancelled: false,
    tokens: {
      read: batch.cacheReadTokens[row] ?? 0,
      write5m: batch.cacheWrite5mTokens[row] ?? 0,
      write1h: batch.cacheWrite1hTokens[row] ?? 0,
      input: batch.inputTokens[row] ?? 0,
    },
    outputTokens: batch.outputTokens[row] ?? 0,
    webSearches: batch.webSearches[row] ?? 0,
    amount: picoUsd(batch.amount[row] ?? 0n),
    prompt: null,
  };
}

export type RecordedExchange = { readonly profile: CallProfile; readonly call: RecordedCall };

/** `null` for an exchange without a measured, final bill. */
export function recordedExchange(
  { opened, settled, path }: PromptedExchange,
  catalogue: Catalogue,
): RecordedExchange | null {
  const measured = settled?.measured ?? null;
  if (settled === null || measured === null || !measured.final) return null;
  const { usage, total } = measured;
  const { endpoint, key, team, userType, tags, user, session } = opened.attributes;
  const profile = profileOfTraffic(
    {
      endpoint,
      key,
      team,
      userType,
      tags,
      modelAsked: opened.modelAsked,
      modelServed: settled.modelServed,
      serviceTier: usage.serviceTier,
      speed: usage.speed,
      inferenceGeo: usage.inferenceGeo,
      effort: opened.settings.effort,
      composite: usage.iterations !== null || settled.stopReason === "refusal",
    },
    catalogue,
    { user, session },
  );
  const call: RecordedCall = {
    atMs: opened.at,
    responseBeginMs: settled.firstByteAt ?? settled.at,
    cancelled: settled.outcome === "client-left",
    tokens: {
      read: usage.cacheReadTokens,
      write5m: usage.cacheWrite5mTokens,
      write1h: usage.cacheWrite1hTokens,
      input: usage.inputTokens,
    },
    outputTokens: usage.outputTokens,
    webSearches: usage.webSearchRequests,
    amount: total,
    prompt: path === null || path.length === 0 ? null : promptOf({ opened, path }, profile),
  };
  return { profile, call };
}

function promptOf(
  {
    opened,
    path,
  }: { opened: PromptedExchange["opened"]; path: NonNullable<PromptedExchange["path"]> },
  { model }: CallProfile,
): RecordedPrompt {
  const blocks = billedBlocks(path, opened.settings, model?.tokenizer ?? "claude-4.7");
  // The settings between system and messages are no block of the request: markers count without them.
  const places: number[] = [];
  blocks.forEach(({ kind }, at) => {
    if (kind !== "settings") places.push(at);
  });
  const prompt = opened.prompt;
  const markers: PlannedMarker[] = (prompt?.markers ?? []).flatMap(({ position, lifetime }) => {
    const block = places[position];
    return block === undefined ? [] : [{ block, lifetime }];
  });
  const automatic = prompt?.automaticMarker ?? null;
  const last = blocks.findLastIndex(({ markable }) => markable);
  if (automatic !== null && last !== -1 && !markers.some(({ block }) => block === last)) {
    markers.push({ block: last, lifetime: automatic });
  }
  return { blocks, tailTokens: 0, markers };
}
