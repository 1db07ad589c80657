/** The opening of an exchange: what the ledger is told before anything is forwarded. */
import { isUtf8 } from "node:buffer";
import {
  type CallId,
  type ExchangeId,
  type FillRandom,
  type Instant,
  newCallId,
  newExchangeId,
} from "../../base/index.ts";
import type { Catalogue } from "../../domain/catalogue/index.ts";
import type { PromptPath } from "../../domain/prompt/index.ts";
import type {
  Attributes,
  OpenedEntry,
  RequestSettings,
  Versions,
  WorstCase,
} from "../../stores/contracts/index.ts";
import { type RequestReading, readMessagesBody } from "../../wire/messages/index.ts";
import type { PromptTree } from "./prompt-tree.ts";
import { worstCaseOf } from "./worst-case.ts";

/** What the headers of a request say of its API version. */
export type ApiVersion = { readonly apiVersion: string | null; readonly betas: readonly string[] };

/** Reads the body once. What is not a Messages request is a reading of its own, never a failure. */
export function readRequest(body: Buffer, version: ApiVersion): RequestReading {
  return readMessagesBody(body, { ...version, ...BYTES });
}

const BYTES = {
  byteLength: (text: string) => Buffer.byteLength(text),
  isUtf8,
  decode: (bytes: Uint8Array, start: number, end: number) =>
    Buffer.from(bytes.buffer, bytes.byteOffset + start, end - start).toString("utf8"),
};

export type OpeningContext = {
  readonly catalogue: Catalogue;
  readonly versions: Versions;
  readonly fillRandom: FillRandom;
  readonly prompts: Pick<PromptTree, "breakOf">;
};

export type Opening = {
  readonly at: Instant;
  /** The call that this is another attempt of; `null` begins a new one. */
  readonly call: CallId | null;
  readonly path: string;
  readonly request: RequestReading;
  readonly requestBytes: number;
  readonly version: ApiVersion;
  readonly attributes: Attributes;
  readonly prompt: PromptPath | null;
  readonly decisions: readonly string[];
  readonly arm: string | null;
  /** The longest lifetime of the markers that Purser adds; `null` when it adds none. */
  readonly addedLifetime: "5m" | "1h" | null;
  /** `batch` for a request of a batch, which costs half. */
  readonly serviceTier?: "standard" | "batch";
  /** What was reckoned of the same call before; its input's bound is not reckoned twice. */
  readonly worstCase?: WorstCase | null;
};

export function openExchange(opening: Opening, context: OpeningContext): OpenedEntry {
  const { at, request, version } = opening;
  const exchange: ExchangeId = newExchangeId(at, context.fillRandom);
  return {
    kind: "opened",
    exchange,
    call: opening.call ?? newCallId(at, context.fillRandom),
    at,
    path: opening.path,
    modelAsked: request.model,
    stream: request.stream,
    maxTokens: request.maxTokens,
    requestBytes: opening.requestBytes,
    attributes: opening.attributes,
    settings: request.kind === "request" ? request.settings : settingsUnread(version),
    prompt: opening.prompt,
    prefixBreak: context.prompts.breakOf({ ...opening, exchange, path: opening.prompt }),
    worstCase: worstCaseOf(
      {
        serviceTier: opening.serviceTier ?? "standard",
        ...{ request, at, bodyBytes: opening.requestBytes },
        addedLifetime: opening.addedLifetime,
        inputTokens: opening.worstCase?.inputTokens ?? null,
      },
      context.catalogue,
    ),
    versions: context.versions,
    decisions: opening.decisions,
    arm: opening.arm,
  };
}

function settingsUnread(version: ApiVersion): RequestSettings {
  return {
    ...version,
    serviceTier: null,
    speed: null,
    inferenceGeo: null,
    thinking: null,
    effort: null,
    toolChoice: null,
    hasImages: false,
  };
}
