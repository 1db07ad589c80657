import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { PurserError } from "../base/index.ts";
import { loadConfig } from "../config/index.ts";
import { openStateStore } from "../stores/state/index.ts";
import type { LogEvent } from "./log.ts";
import { Reloader } from "./reloader.ts";
import { compileSnapshot } from "./snapshot.ts";
import { startBudgets } from "./start-budgets.ts";
import { systemClock } from "./system-values.ts";

let folder = "";
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "purser-reloader-"));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

function write(text: string): void {
  writeFileSync(join(folder, "purser.yaml"), text);
}

const load = () => loadConfig({ flags: {}, environment: {}, workingDirectory: folder });

function price(input: string): string {
  return `models:\n  - id: m\n    prices:\n      - input: "${input}"\n        output: "10"\n`;
}

function budget(name: string, limit: string): string {
  const settings = `      limit: $${limit}\n      window: day\n`;
  return `policies:\n  - name: ${name}\n    lever: budget\n    mode: apply\n    settings:\n${settings}`;
}

type Enforce = ConstructorParameters<typeof Reloader>[0]["enforce"];

function reloaderOf(enforce: Enforce) {
  const events: LogEvent[] = [];
  const log = (event: LogEvent): void => void events.push(event);
  return { events, reloader: new Reloader({ first: compileSnapshot(load()), load, enforce, log }) };
}

const atOnce: Enforce = async (_next, swap) => {
  swap();
  return [];
};

describe("Reloader", () => {
  test("Reloader puts nothing in force of a file in which anything is wrong, and says where", async () => {
    write(price("1"));
    const { reloader, events } = reloaderOf(atOnce);
    const before = reloader.current;
    const wrong = [
      [`${price("3")}polices: []\n`, "CONFIG_UNKNOWN_KEY"],
      [
        price("3").replace("id: m", "id: m\n    aliases: [claude-opus-5-5]"),
        "CATALOGUE_OVERRIDE_INVALID",
      ],
      ["models: [", "CONFIG_SYNTAX"],
    ] as const;
    for (const [text, code] of wrong) {
      write(text);
      await expect(reloader.reload("signal")).rejects.toMatchObject({ code });
      expect(reloader.current).toBe(before);
      const event = "config-reload-refused";
      expect(events.at(-1)).toMatchObject({ level: "error", event, data: { code } });
      expect(events.at(-1)?.data.where).not.toBeNull();
    }
    expect(reloader.counts).toEqual({ applied: 0, unchanged: 0, refused: 3, failed: 0 });
  });

  test("Reloader keeps what it has where the new cannot be put in force", async () => {
    write(price("1"));
    const { reloader } = reloaderOf(() => {
      throw new PurserError("BUDGET_NAME_TAKEN", { what: "two budgets have one name" });
    });
    const before = reloader.current;
    write(price("3"));
    await expect(reloader.reload("file")).rejects.toMatchObject({ code: "BUDGET_NAME_TAKEN" });
    expect(reloader.current).toBe(before);
  });

  test("Reloader reloads one after the other, and ends with what was written last", async () => {
    write(price("1"));
    let running = 0;
    const { reloader } = reloaderOf(async (_next, swap) => {
      running += 1;
      expect(running).toBe(1);
      await new Promise((resolve) => setImmediate(resolve));
      swap();
      running -= 1;
      return ["a budget is not ready"];
    });
    write(price("2"));
    const first = reloader.reload("operation");
    const second = first.then(() => reloader.reload("file"));
    const third = reloader.reload("signal");
    await first;
    write(price("3"));
    await third;
    await second;
    expect((await first).warnings).toEqual(["a budget is not ready"]);
    expect(reloader.current.config.models).toEqual(load().models);
    expect(reloader.current.versions.prices).toBe(compileSnapshot(load()).catalogue.version);
    expect((await reloader.reload("signal")).result).toBe("unchanged");
  });
});

describe("startBudgets", () => {
  test("startBudgets puts budgets and prices of a file in force in one turn, and a name of the store's never", async () => {
    write(budget("day", "1"));
    const state = await openStateStore({ directory: join(folder, "data"), create: true });
    const reader = { charges: async () => [] } as never;
    const events: LogEvent[] = [];
    const log = (event: LogEvent): void => void events.push(event);
    const seen: unknown[] = [];
    const caps = () => budgets.keeper.book.budgets.map(({ definition }) => definition.cap);
    const reloader: Reloader = new Reloader({
      ...{ first: compileSnapshot(load()), load, log },
      enforce: (next, swap) =>
        budgets.enforceWith(next, () => {
          swap();
          // Nothing of anybody's comes between this turn and what is queued in it first.
          queueMicrotask(() => seen.push([reloader.current.config.version, caps()]));
        }),
    });
    const budgets = startBudgets({
      ...{ config: load(), log, clock: systemClock, reader, state },
      snapshot: () => reloader.current,
    });
    const stop = await budgets.enforce();
    const dollar = 1_000_000_000_000n;
    expect(caps()).toEqual([dollar]);
    write(`${price("3")}${budget("day", "2")}`);
    const { versions } = await reloader.reload("file");
    expect(seen).toEqual([[versions.config, [2n * dollar]]]);

    await state.budgets.create({ name: "stored", window: "day", limit: "$5" }, systemClock.now());
    write(budget("stored", "3"));
    await expect(reloader.reload("file")).rejects.toMatchObject({ code: "BUDGET_NAME_TAKEN" });
    expect(reloader.current.versions).toEqual(versions);
    expect(caps()).toContain(2n * dollar);
    stop();
    await state.close();
  });
});
