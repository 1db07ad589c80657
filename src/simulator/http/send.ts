/** Whole JSON answers and error answers. */
import type { JsonValue } from "../../base/index.ts";
import { type ApiFailure, errorBody } from "../faults/index.ts";
import type { SimulatorState } from "../simulator-state.ts";
import { chooseEncoding, compress } from "./compress.ts";
import type { Exchange } from "./exchange.ts";

/** The organization that owns every workspace of the simulator. */
export const ORGANIZATION_ID = "00000000-0000-4000-8000-000000000001";
/** Smaller bodies are not worth compressing. */
const COMPRESSED_BODY_BYTES_MIN = 128;

/** Headers that every answer carries. */
export function commonHeaders(exchange: Exchange): Record<string, string> {
  const headers: Record<string, string> = {
    "request-id": exchange.requestId,
    "anthropic-organization-id": ORGANIZATION_ID,
  };
  if (exchange.facts.workspace !== null) {
    headers["anthropic-workspace-id"] = exchange.facts.workspace;
  }
  return headers;
}

export type Answer = {
  readonly status: number;
  readonly body: JsonValue;
  readonly headers?: Readonly<Record<string, string>>;
};

export async function sendJson(
  state: SimulatorState,
  exchange: Exchange,
  answer: Answer,
): Promise<void> {
  const plain = Buffer.from(JSON.stringify(answer.body));
  const mayCompress = (state.options.compression ?? "bodies") !== "off";
  const encoding = mayCompress ? chooseEncoding(exchange.headers["accept-encoding"]) : null;
  const compressed =
    encoding === null || plain.length < COMPRESSED_BODY_BYTES_MIN
      ? null
      : await compress(plain, encoding);
  if (exchange.isGone) return;
  const body = compressed ?? plain;
  exchange.noteSent(plain);
  exchange.response.writeHead(answer.status, {
    ...commonHeaders(exchange),
    "content-type": "application/json",
    ...answer.headers,
    ...(compressed === null || encoding === null ? {} : { "content-encoding": encoding }),
    "content-length": body.length,
  });
  exchange.response.end(body);
}

/** `x-should-retry` is sent on every error, as recorded exchanges show it. */
export async function sendFailure(
  state: SimulatorState,
  exchange: Exchange,
  failure: ApiFailure,
): Promise<void> {
  exchange.facts.error = failure.message;
  const isFinal = failure.status < 429 || failure.details?.error_code !== undefined;
  await sendJson(state, exchange, {
    status: failure.status,
    body: errorBody(failure, exchange.requestId),
    headers: { "x-should-retry": isFinal ? "false" : "true", ...failure.headers },
  });
}
