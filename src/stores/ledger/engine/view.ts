/**
 * Keeps up with the ledger's files: the manifest, and the journal since it. Every query asks for a
 * snapshot first, which reads what was written since the last.
 */
import { readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import type { DuckDBConnection } from "@duckdb/node-api";
import type { Exchange } from "../../contracts/index.ts";
import type { Snapshot } from "../database/index.ts";
import { decodeEntry } from "../entries/index.ts";
import { JournalFollower } from "../following/index.ts";
import { scanFrames } from "../journal/index.ts";
import type { LedgerLayout } from "../layout.ts";
import { LiveExchanges } from "../live/index.ts";
import { type Manifest, readManifest } from "../manifest/index.ts";
import { findExchanges } from "../queries/index.ts";
import {
  appendBlocks,
  appendRows,
  BLOCK_COLUMNS,
  blockRowsOf,
  COLUMNS,
  createTableSql,
} from "../rows/index.ts";

/** How often a compaction may replace the files while they are being read before it is an error. */
const ATTEMPTS_MAX = 8;

/** One manifest with what the journal holds since it. */
type Epoch = {
  readonly manifest: Manifest;
  readonly live: LiveExchanges;
  readonly follower: JournalFollower;
  readonly table: string;
  readonly blocksTable: string;
  users: number;
};

export class LedgerView {
  private readonly layout: LedgerLayout;
  private readonly connection: DuckDBConnection;
  private epoch: Epoch | null = null;
  private stamp = "";
  private counter = 0;
  private turn: Promise<unknown> = Promise.resolve();

  /** `connection` is the view's own. */
  constructor(layout: LedgerLayout, connection: DuckDBConnection) {
    this.layout = layout;
    this.connection = connection;
  }

  /** One at a time; release what it returns. */
  snapshot(): Promise<Snapshot> {
    const next = this.turn.then(() => this.refresh());
    this.turn = next.catch(() => undefined);
    return next;
  }

  private async refresh(): Promise<Snapshot> {
    for (let attempt = 1; ; attempt += 1) {
      try {
        const epoch = await this.current();
        await this.follow(epoch);
        if (this.stamp === this.stampNow()) return this.hold(epoch);
      } catch (error) {
        if (!isGone(error)) throw error;
      }
      this.stamp = "";
      if (attempt === ATTEMPTS_MAX)
        throw new Error("the ledger's files are replaced faster than read");
    }
  }

  private async current(): Promise<Epoch> {
    const stamp = this.stampNow();
    if (this.epoch !== null && stamp === this.stamp) return this.epoch;
    const manifest = readManifest(this.layout.manifest);
    this.counter += 1;
    const epoch = {
      manifest,
      live: new LiveExchanges(),
      follower: new JournalFollower(this.layout.journal, manifest.journalFrom),
      table: `live_${this.counter}`,
      blocksTable: `live_blocks_${this.counter}`,
      users: 0,
    };
    await this.connection.run(createTableSql(epoch.table, COLUMNS));
    await this.connection.run(createTableSql(epoch.blocksTable, BLOCK_COLUMNS));
    applyCarried(this.layout, manifest, epoch.live);
    const old = this.epoch;
    this.epoch = epoch;
    this.stamp = stamp;
    if (old !== null) await this.dropUnused(old);
    return epoch;
  }

  private async follow(epoch: Epoch): Promise<void> {
    epoch.follower.read(({ entry }) => epoch.live.apply(entry));
    const unmatched = epoch.live.unmatchedIds();
    if (unmatched.length > 0) epoch.live.resolve(await this.find(epoch, unmatched));
    const changes = epoch.live.takeChanges();
    if (changes.length === 0) return;
    const rows = changes.flatMap(({ takeBack, row }) =>
      takeBack === null ? [row.positive] : [takeBack.negative, row.positive],
    );
    const blocks = changes
      .filter(({ takeBack }) => takeBack === null)
      .flatMap(({ row }) => blockRowsOf(epoch.live.opened(row.exchange)));
    await this.connection.run("begin");
    await appendRows(this.connection, epoch.table, rows);
    await appendBlocks(this.connection, epoch.blocksTable, blocks);
    await this.connection.run("commit");
  }

  private find(epoch: Epoch, ids: readonly string[]): Promise<ReadonlyMap<string, Exchange>> {
    return findExchanges(this.connection, epoch.manifest, ids);
  }

  private hold(epoch: Epoch): Snapshot {
    epoch.users += 1;
    return {
      manifest: epoch.manifest,
      live: epoch.live,
      liveTable: epoch.table,
      liveBlocksTable: epoch.blocksTable,
      release: () => {
        epoch.users -= 1;
        const drop = this.turn.then(() => this.dropUnused(epoch));
        this.turn = drop.catch(() => undefined);
      },
    };
  }

  private async dropUnused(epoch: Epoch): Promise<void> {
    if (epoch === this.epoch || epoch.users > 0) return;
    await this.connection.run(`drop table if exists ${epoch.table}`);
    await this.connection.run(`drop table if exists ${epoch.blocksTable}`);
  }

  /** Changes when the manifest does, and when a compaction has taken segments away. */
  private stampNow(): string {
    const manifest = statSync(this.layout.manifest, { throwIfNoEntry: false });
    if (manifest === undefined) return "none";
    return `${manifest.ino}:${manifest.mtimeMs}:${manifest.size}`;
  }
}

function applyCarried(layout: LedgerLayout, manifest: Manifest, live: LiveExchanges): void {
  if (manifest.carried === null) return;
  const bytes = readFileSync(join(layout.parts, manifest.carried.name));
  for (const { json } of scanFrames(bytes, 0).lines) {
    const decoded = decodeEntry(json);
    if (decoded.kind === "entry") live.apply(decoded.entry);
  }
}

function isGone(error: unknown): boolean {
  return error instanceof Error && "code" in error && error.code === "ENOENT";
}
