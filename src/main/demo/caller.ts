/**
 * The customers' side of the demo: the official SDK, pointed at the gateway by its base URL and told
 * who calls by `x-purser-*` headers. Counts what the callers lived through.
 */
import Anthropic from "@anthropic-ai/sdk";

/** Who calls, and for what. */
export type Identity = {
  readonly endpoint: string;
  readonly user: string;
  readonly userType: string;
  readonly team: string;
  readonly session: string | null;
  readonly tags: string;
};

/** How the answer is taken: in one piece, as a stream, or as a stream that the caller leaves. */
export type Manner = "whole" | "stream" | "leave";

export type CallerCounts = {
  readonly answered: number;
  readonly left: number;
  readonly failed: number;
  /** Attempts that failed and that the SDK made again. */
  readonly retried: number;
};

export type Ask = (
  identity: Identity,
  request: Anthropic.MessageCreateParamsNonStreaming,
  manner: Manner,
) => Promise<Anthropic.Message | null>;

export type Caller = { readonly ask: Ask; readonly counts: () => CallerCounts };

/** Marks a call whose reader will leave, for the simulated model; passes the gateway as it is. */
export const LEAVES_HEADER = "x-demo-reader-leaves";

const RETRY_STATUS_MIN = 429;
/** Events of a stream that an impatient caller reads before leaving. */
const EVENTS_BEFORE_LEAVING = 4;
const ATTEMPTS_AFTER_A_CUT = 1;

/** `ask` resolves with `null` when the caller left, or gave up after the SDK's own retries. */
export function createCaller(gatewayUrl: string, apiKey: string): Caller {
  const counts = { answered: 0, left: 0, failed: 0, retried: 0 };
  const onRetry = (): void => {
    counts.retried += 1;
  };
  const client = new Anthropic({
    baseURL: gatewayUrl,
    apiKey,
    logLevel: "off",
    fetch: impatientFetch(onRetry),
  });
  const ask: Ask = async (identity, request, manner) => {
    const attempt = () => askOnce(client, identity, request, manner);
    for (let attempts = 0; ; attempts += 1) {
      try {
        const message = await attempt();
        counts[message === null ? "left" : "answered"] += 1;
        return message;
      } catch (error) {
        if (!(error instanceof Anthropic.AnthropicError)) throw error;
        counts.failed += 1;
        if (attempts >= ATTEMPTS_AFTER_A_CUT) return null;
      }
    }
  };
  return { ask, counts: () => ({ ...counts }) };
}

async function askOnce(
  client: Anthropic,
  identity: Identity,
  request: Anthropic.MessageCreateParamsNonStreaming,
  manner: Manner,
): Promise<Anthropic.Message | null> {
  const leaves = manner === "leave" ? { [LEAVES_HEADER]: "true" } : {};
  const options = { headers: { ...headersOf(identity), ...leaves } };
  if (manner === "whole") return client.messages.create(request, options);
  const stream = client.messages.stream(request, options);
  if (manner === "stream") return stream.finalMessage();
  let events = 0;
  for await (const _event of stream) {
    events += 1;
    if (events >= EVENTS_BEFORE_LEAVING) break;
  }
  stream.abort();
  return null;
}

function headersOf(identity: Identity): Record<string, string> {
  return {
    "x-purser-endpoint": identity.endpoint,
    "x-purser-user": identity.user,
    "x-purser-user-type": identity.userType,
    "x-purser-team": identity.team,
    "x-purser-tags": identity.tags,
    ...(identity.session === null ? {} : { "x-purser-session": identity.session }),
  };
}

/**
 * The SDK waits half a second and more before it tries again. The demo's day is virtual, so the
 * answer of a failed attempt is given the header by which a server asks for less.
 */
function impatientFetch(onRetry: () => void): typeof fetch {
  return async (input, init) => {
    const response = await fetch(input, init);
    if (response.status < RETRY_STATUS_MIN) return response;
    onRetry();
    const headers = new Headers(response.headers);
    headers.set("retry-after-ms", "5");
    return new Response(response.body, { status: response.status, headers });
  };
}
