/**
 * `npm run bench:batch [-- --calls 100000 --at-once 256 --bytes 1500]`
 *
 * How many deferred calls are accepted in a second, each on the disk before it is acknowledged, and how
 * much memory that takes. Beside it, in the same run on the same disk, what SQLite alone does with as
 * many rows of the same size in transactions of 500: the most that could be hoped for.
 */
import { mkdtempSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { parseArgs } from "node:util";
import { type Clock, instant } from "../../src/base/index.ts";
import { compileShowback } from "../../src/domain/billing/index.ts";
import { compileCatalogue } from "../../src/domain/catalogue/index.ts";
import {
  type BatchService,
  DEFAULT_BATCH_SETTINGS,
  openBatchService,
} from "../../src/services/batch/index.ts";
import { BatchReservations, createPromptTree } from "../../src/services/exchange/index.ts";
import { BudgetKeeper } from "../../src/services/gateway/index.ts";
import { openDataDirectory } from "../../src/stores/data-directory/index.ts";
import { openLedgerWriter } from "../../src/stores/ledger/index.ts";
import { openStateStore } from "../../src/stores/state/index.ts";

const { values } = parseArgs({
  options: {
    calls: { type: "string", default: "100000" },
    "at-once": { type: "string", default: "256" },
    bytes: { type: "string", default: "1500" },
  },
});
const CALLS = Number(values.calls);
const AT_ONCE = Number(values["at-once"]);
const ROWS_TOGETHER = 500;
const DEADLINE_MS = 4 * 3_600_000;

const clock: Clock = { now: () => instant(Date.now()), monotonicMs: () => performance.now() };
const fillRandom = (bytes: Uint8Array): void => void crypto.getRandomValues(bytes);

function bodyOf(index: number): Buffer {
  const text = `${index} `.padEnd(Number(values.bytes), "a word and another ");
  const messages = [{ role: "user", content: text }];
  return Buffer.from(JSON.stringify({ model: "claude-haiku-5-5", max_tokens: 200, messages }));
}

async function openService(data: string) {
  const directory = openDataDirectory({ path: data, clock, fillRandom });
  const ledger = await openLedgerWriter({ directory, clock });
  const state = await openStateStore({ directory: data, create: true });
  const catalogue = compileCatalogue({ models: [], discounts: [] });
  const keeper = new BudgetKeeper({ catalogue, clock, log: () => {}, charges: null });
  const service = openBatchService({
    ...{ clock, fillRandom, ledger, state, installationSecret: directory.secret },
    reservations: new BatchReservations(keeper),
    settings: DEFAULT_BATCH_SETTINGS,
    prompts: createPromptTree(directory.secret),
    settling: () => ({
      ...{ catalogue, showback: compileShowback([]), billedAfterCut: "generated-so-far" },
    }),
    versions: () => ({ purser: "", config: "", prices: "", policy: "" }),
    log: () => {},
    upstreamUrl: "http://127.0.0.1:9",
    upstreamKey: () => "sk-ant-bench",
    upstreamTimeoutMs: 1_000,
  });
  const close = async (): Promise<void> => {
    await service.close();
    await state.close();
    await ledger.close();
  };
  return { service, close };
}

const ATTRIBUTES = {
  ...{ key: "vk_bench", user: null, userType: null, team: null, endpoint: "nightly" },
  ...{ session: null, tags: {}, client: null },
};

async function acceptAll(service: BatchService): Promise<void> {
  let next = 0;
  const worker = async (): Promise<void> => {
    for (let index = next++; index < CALLS; index = next++) {
      const now = clock.now();
      const outcome = await service.desk.accept({
        ...{ key: "vk_bench", attributes: ATTRIBUTES, receivedAt: now, isRetry: false },
        deadlineAt: instant(now + DEADLINE_MS),
        ...{ apiVersion: "2026-10-21", betas: [], prefix: "", identity: null, webhook: null },
        body: bodyOf(index),
      });
      if (outcome.kind !== "accepted") throw new Error(`call ${index} was not accepted`);
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, worker));
}

function writeWithSqliteAlone(data: string): void {
  const database = new DatabaseSync(join(data, "alone.sqlite"));
  database.exec("pragma journal_mode = wal; pragma synchronous = full");
  database.exec("create table calls (id text primary key, body blob)");
  const insert = database.prepare("insert into calls values (?, ?)");
  for (let from = 0; from < CALLS; from += ROWS_TOGETHER) {
    database.exec("begin immediate");
    for (let index = from; index < Math.min(CALLS, from + ROWS_TOGETHER); index += 1) {
      insert.run(`call_${index}`, bodyOf(index));
    }
    database.exec("commit");
  }
  database.close();
}

async function timed(work: () => void | Promise<void>): Promise<number> {
  const from = performance.now();
  await work();
  return (performance.now() - from) / 1_000;
}

const data = mkdtempSync(join(tmpdir(), "purser-bench-batch-"));
try {
  const { service, close } = await openService(data);
  const before = process.memoryUsage().rss;
  const seconds = await timed(() => acceptAll(service));
  const megabytes = (process.memoryUsage().rss - before) / 1024 / 1024;
  await close();
  const alone = await timed(() => writeWithSqliteAlone(data));
  const fileMegabytes = statSync(join(data, "state.sqlite")).size / 1024 / 1024;
  const rate = (took: number): string => Math.round(CALLS / took).toLocaleString("en");
  console.log(`${CALLS} deferred calls of about ${values.bytes} bytes, ${AT_ONCE} at once`);
  console.log(`accepted, each on the disk: ${rate(seconds)}/s, ${seconds.toFixed(1)} s`);
  console.log(`memory above the start: ${megabytes.toFixed(0)} MB`);
  console.log(`state.sqlite: ${fileMegabytes.toFixed(0)} MB`);
  console.log(`SQLite alone, ${ROWS_TOGETHER} rows a transaction: ${rate(alone)}/s`);
  console.log(`Purser / SQLite alone: ${(alone / seconds).toFixed(2)}`);
} finally {
  rmSync(data, { recursive: true, force: true });
}
