/** `POST /v1/messages/count_tokens`: the count that a Messages call with this body would report. */
import { type Exchange, sendFailure, sendJson } from "../http/index.ts";
import type { SimulatorState } from "../simulator-state.ts";
import { prepare } from "./prepare.ts";

export async function handleCountTokens(state: SimulatorState, exchange: Exchange): Promise<void> {
  const prepared = await prepare(state, exchange, true);
  if (prepared.kind === "gone") return;
  if (prepared.kind === "failed") return sendFailure(state, exchange, prepared.failure);
  const body = { input_tokens: prepared.call.prompt.promptTokens };
  await sendJson(state, exchange, { status: 200, body });
}
