import type { DuckDBConnection, DuckDBInstance } from "@duckdb/node-api";

/** Queries that run at the same time; more wait their turn. */
const CONNECTIONS_MAX = 3;

/** Hands out connections, and knows which call uses which, so that a call can be interrupted. */
export class ConnectionPool {
  private readonly database: DuckDBInstance;
  private readonly idle: DuckDBConnection[] = [];
  private readonly busy = new Map<number, DuckDBConnection>();
  private readonly waiting: (() => void)[] = [];
  private readonly cancelled = new Set<number>();
  private taken = 0;

  constructor(database: DuckDBInstance) {
    this.database = database;
  }

  /** Runs `work` of call `id` on a connection of its own. */
  async use<T>(id: number, work: (connection: DuckDBConnection) => Promise<T>): Promise<T> {
    if (this.taken >= CONNECTIONS_MAX) {
      await new Promise<void>((resolve) => this.waiting.push(resolve));
    }
    this.taken += 1;
    const connection = this.idle.pop() ?? (await this.database.connect());
    this.busy.set(id, connection);
    try {
      if (this.cancelled.has(id)) throw new Error("INTERRUPT Error: interrupted before it began");
      return await work(connection);
    } finally {
      this.cancelled.delete(id);
      this.busy.delete(id);
      this.idle.push(connection);
      this.taken -= 1;
      this.waiting.shift()?.();
    }
  }

  /** Ends what call `id` runs; it rejects at once. */
  interrupt(id: number): void {
    const connection = this.busy.get(id);
    if (connection === undefined) this.cancelled.add(id);
    else connection.interrupt();
  }
}
