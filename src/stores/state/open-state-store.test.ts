import { spawn } from "node:child_process";
import { existsSync, mkdtempSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { StateStore } from "../contracts/index.ts";
import { batchJobStoreContract } from "./batch-jobs/batch-job-store.contract.ts";
import { batchStoreContract } from "./batches/batch-store.contract.ts";
import { openStateStore } from "./index.ts";
import { sampleKey, stateStoreContract } from "./state-store.contract.ts";

function scratch(): string {
  return mkdtempSync(join(tmpdir(), "purser-state-"));
}

const makeBed = async () => {
  const directory = scratch();
  const stores: StateStore[] = [];
  return {
    open: async () => {
      const store = await openStateStore({ directory, create: true });
      stores.push(store);
      return store;
    },
    close: async () => {
      await Promise.all(stores.map((store) => store.close()));
      rmSync(directory, { recursive: true, force: true });
    },
  };
};
stateStoreContract("SQLite", makeBed);
batchStoreContract("SQLite", makeBed);
batchJobStoreContract("SQLite", makeBed);

describe("openStateStore", () => {
  let directory: string;
  beforeEach(() => {
    directory = join(scratch(), "data");
  });
  afterEach(() => rmSync(join(directory, ".."), { recursive: true, force: true }));
  const open = (create = true): Promise<StateStore> => openStateStore({ directory, create });
  const file = (): string => join(directory, "state.sqlite");

  it("makes files that their owner alone may read, in a folder that its owner alone may enter", async () => {
    const store = await open();
    await store.keys.create(sampleKey("chat"));
    expect(statSync(directory).mode & 0o777).toBe(0o700);
    for (const suffix of ["", "-wal", "-shm"]) {
      expect(statSync(`${file()}${suffix}`).mode & 0o777).toBe(0o600);
    }
    await store.close();
  });

  it("makes nothing when it is not asked to", async () => {
    await expect(open(false)).rejects.toMatchObject({ code: "STATE_NOT_FOUND", where: file() });
    expect(existsSync(directory)).toBe(false);
  });

  it("remembers across openings", async () => {
    const first = await open();
    await first.keys.create(sampleKey("chat"));
    await first.close();
    const second = await open(false);
    expect((await second.keys.list()).map(({ name }) => name)).toEqual(["chat"]);
    await second.close();
  });

  it("refuses a store of a newer version and leaves it as it is", async () => {
    await (await open()).close();
    const database = new DatabaseSync(file());
    database.exec("insert into migrations (number, name) values (999, 'tomorrow')");
    database.close();
    await expect(open()).rejects.toMatchObject({ code: "STATE_VERSION_NEWER", where: file() });
  });

  it("refuses a file that is no database", async () => {
    await (await open()).close();
    writeFileSync(file(), "this is a letter to a friend and no database at all".repeat(50));
    await expect(open()).rejects.toMatchObject({ code: "STATE_DAMAGED", where: file() });
  });

  it("says that it is busy when another process writes for too long, and that is no end", async () => {
    const store = await open();
    const holder = spawn(process.execPath, [
      "-e",
      `const { DatabaseSync } = require("node:sqlite");
const database = new DatabaseSync(${JSON.stringify(file())});
database.exec("begin immediate");
console.log("held");
setInterval(() => database, 1000);`,
    ]);
    await new Promise((resolve) => holder.stdout.once("data", resolve));
    await expect(store.keys.create(sampleKey("chat"))).rejects.toMatchObject({
      code: "STATE_BUSY",
    });
    expect(await store.keys.list()).toEqual([]);
    const waiting = store.keys.create(sampleKey("mail"));
    const ended = new Promise((resolve) => holder.once("exit", resolve));
    holder.kill("SIGKILL");
    await ended;
    await waiting;
    expect(await store.keys.list()).toHaveLength(1);
    await store.close();
  }, 20_000);

  it("is opened by three at once on a new directory, and migrated once", async () => {
    const stores = await Promise.all([open(), open(), open()]);
    await stores[0]?.keys.create(sampleKey("chat"));
    expect(await stores[2]?.keys.list()).toHaveLength(1);
    await Promise.all(stores.map((store) => store.close()));
  });
});
