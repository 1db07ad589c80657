/**
 * The entry point of the engine's process. It answers requests until its starter goes away; what a
 * terminal sends to the whole group (an interrupt) is left to the starter, which ends it in good time.
 */
import { mkdirSync, rmSync } from "node:fs";
import { PurserError } from "../../../base/index.ts";
import { openDatabase } from "../database/index.ts";
import { ledgerLayout } from "../layout.ts";
import { ConnectionPool } from "./connection-pool.ts";
import { type CallContext, HANDLERS } from "./handlers.ts";
import type { EngineFailure, EngineReply, EngineRequest, EngineSettings } from "./protocol.ts";
import { LedgerView } from "./view.ts";

const MESSAGE_CHARS_MAX = 300;

const settings = JSON.parse(process.argv[2] ?? "{}") as EngineSettings;

process.on("SIGINT", () => undefined);
process.on("disconnect", leave);

function leave(): void {
  rmSync(settings.spillFolder, { recursive: true, force: true });
  process.exit(0);
}

function say(reply: EngineReply): void {
  if (process.connected) process.send?.(reply);
}

async function start(): Promise<void> {
  const layout = ledgerLayout(settings.directory);
  process.chdir(layout.root);
  mkdirSync(settings.spillFolder, { recursive: true, mode: 0o700 });
  const outside = settings.exportFolder === null ? [] : [`${settings.exportFolder}/`];
  const database = await openDatabase({
    allowed: ["parts/", ...outside],
    spill: settings.spillFolder,
  });
  const view = new LedgerView(layout, await database.connect());
  const context = { layout, view, settings, pool: new ConnectionPool(database) };
  process.on("message", (request: EngineRequest) => {
    if (request.kind === "call") void answer(context, request);
    else context.pool.interrupt(request.id);
  });
  say({ kind: "ready" });
}

async function answer(
  context: CallContext,
  request: Extract<EngineRequest, { kind: "call" }>,
): Promise<void> {
  const { id, name, input } = request;
  try {
    const handler = HANDLERS[name] as (
      context: CallContext,
      call: { readonly id: number; readonly input: unknown },
    ) => Promise<unknown>;
    say({ kind: "answer", id, answer: await handler(context, { id, input }) });
  } catch (error) {
    say({ kind: "failure", id, failure: failureOf(error) });
  }
}

function failureOf(error: unknown): EngineFailure {
  if (error instanceof PurserError) {
    const { code, what, where, mend, data } = error;
    const place = where === null ? {} : { where };
    return { code, details: { what, mend, ...place, ...(data === null ? {} : { data }) } };
  }
  // The engine's own messages may quote a whole row.
  const what = (error instanceof Error ? error.message : String(error)).slice(0, MESSAGE_CHARS_MAX);
  return { code: null, details: { what } };
}

start().catch((error: unknown) => {
  console.error(error);
  process.exit(1);
});
