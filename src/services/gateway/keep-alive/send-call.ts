/** One keep-alive call on its way: on record before it is sent, settled whatever becomes of it. */
import type { Instant } from "../../../base/index.ts";
import { formatCacheDecision } from "../../../domain/policy/index.ts";
import type { PromptPath } from "../../../domain/prompt/index.ts";
import type {
  Attributes,
  OpenedEntry,
  Outcome,
  SettledEntry,
  WorstCase,
} from "../../../stores/contracts/index.ts";
import type { RequestReading } from "../../../wire/messages/index.ts";
import {
  type AnswerFacts,
  type ApiVersion,
  meterAnswer,
  noAnswer,
  openExchange,
  type Reservation,
  settleExchange,
} from "../../exchange/index.ts";
import type { GatewayContext } from "../gateway-context.ts";
import { failureOf } from "../upstream-failure.ts";

export type ReadyCall = {
  readonly at: Instant;
  readonly body: Buffer;
  readonly path: string;
  readonly headers: string[];
  readonly version: ApiVersion;
  readonly request: RequestReading;
  readonly prompt: PromptPath;
  readonly attributes: Attributes;
  readonly worstCase: WorstCase;
  readonly policy: string;
  readonly arm: string;
};

/** `read` and `missed` were answered: the prefix was there, or had to be written. */
export type CallEnd = {
  readonly outcome: "read" | "missed" | "failed" | "not-on-record";
  readonly settled: SettledEntry | null;
};

/** An answer without content is a few hundred bytes. */
const ANSWER_BYTES_MAX = 1024 * 1024;

/** Never rejects: what goes wrong is told, and the reservation is settled all the same. */
export async function sendCall(
  context: GatewayContext,
  call: ReadyCall,
  reservation: Reservation,
): Promise<CallEnd> {
  const opened = await putOnRecord(context, call);
  if (opened === null) {
    reservation.releaseUnlessHandedOver();
    return { outcome: "not-on-record", settled: null };
  }
  reservation.exchange = opened.exchange;
  const answer = await exchange(context, call);
  const settled = settle(context, opened, answer);
  reservation.settle(settled);
  context.counters.outcome(settled.outcome);
  try {
    await context.ledger.settle(settled);
    reservation.onRecord();
  } catch (error) {
    reservation.notOnRecord();
    context.counters.settleFailures += 1;
    tell(context, "a keep-alive call could not be settled", error);
  }
  return { outcome: endOf(settled), settled };
}

async function putOnRecord(context: GatewayContext, call: ReadyCall): Promise<OpenedEntry | null> {
  const { at, path, request, version, attributes, prompt, arm, worstCase } = call;
  const decision = { policy: call.policy, kind: "keep-alive", markers: [], reason: "" } as const;
  try {
    const opened = openExchange(
      {
        ...{ at, path, request, version, attributes, prompt, arm, worstCase },
        ...{ call: null, requestBytes: call.body.length, addedLifetime: "1h" },
        decisions: [formatCacheDecision(decision)],
      },
      context,
    );
    await context.ledger.open(opened);
    context.prompts.remember(opened.prompt);
    return opened;
  } catch (error) {
    context.counters.ledgerRefusals += 1;
    tell(context, "a keep-alive call could not be put on record, and was not sent", error);
    return null;
  }
}

type Answer = {
  readonly outcome: Outcome;
  readonly ownCode: string | null;
  readonly status: number | null;
  readonly requestId: string | null;
  readonly firstByteAt: Instant | null;
  readonly bytes: number;
  readonly facts: AnswerFacts;
};

async function exchange(context: GatewayContext, call: ReadyCall): Promise<Answer> {
  const { dispatcher, origin, prefix } = context.upstream;
  const nothing = { status: null, requestId: null, firstByteAt: null, bytes: 0, facts: noAnswer() };
  try {
    const { headers, body } = call;
    const path = prefix + call.path;
    const response = await dispatcher.request({ origin, path, method: "POST", headers, body });
    const firstByteAt = context.clock.now();
    const meter = meterAnswer("application/json", {
      answerBytesMax: ANSWER_BYTES_MAX,
      eventBytesMax: ANSWER_BYTES_MAX,
    });
    let bytes = 0;
    for await (const chunk of response.body as AsyncIterable<Buffer>) {
      bytes += chunk.length;
      meter.take(chunk);
    }
    meter.end();
    const { statusCode: status } = response;
    const requestId = response.headers["request-id"];
    return {
      outcome: status >= 400 ? "upstream-error" : "completed",
      ...{ ownCode: null, status, firstByteAt, bytes, facts: meter.facts() },
      requestId: typeof requestId === "string" ? requestId : null,
    };
  } catch (error) {
    const { outcome, code } = failureOf(error);
    return { ...nothing, outcome, ownCode: code };
  }
}

function settle(context: GatewayContext, opened: OpenedEntry, answer: Answer): SettledEntry {
  const { catalogue, clock, settings, showback } = context;
  return settleExchange(
    opened,
    {
      at: clock.now(),
      firstByteAt: answer.firstByteAt,
      outcome: answer.outcome,
      httpStatus: answer.status,
      requestId: answer.requestId,
      ownCode: answer.ownCode,
      responseBytes: answer.bytes,
      forwarded: true,
      answer: answer.facts,
    },
    { catalogue, billedAfterCut: settings.billedAfterCut, showback },
  );
}

function endOf({ outcome, measured }: SettledEntry): CallEnd["outcome"] {
  if (outcome !== "completed" || measured === null) return "failed";
  const { cacheReadTokens, cacheWrite5mTokens, cacheWrite1hTokens } = measured.usage;
  return cacheReadTokens > cacheWrite5mTokens + cacheWrite1hTokens ? "read" : "missed";
}

function tell({ log }: GatewayContext, message: string, error: unknown): void {
  const reason = error instanceof Error ? error.message.slice(0, 300) : "unknown";
  log({ level: "error", event: "keep-alive-not-recorded", message, data: { reason } });
}
