/**
 * What a state store must do, whichever database keeps it. A bed gives any number of stores on the
 * same data, as several processes would have them.
 */
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { type Instant, instant } from "../../base/index.ts";
import type { KeySecret, NewVirtualKey, StateStore } from "../contracts/index.ts";

export type StateBed = {
  /** One more store on the bed's data; the bed closes it. */
  readonly open: () => Promise<StateStore>;
  readonly close: () => Promise<void>;
};

const NOON = 1_800_000_000_000;
const at = (minutes: number): Instant => instant(NOON + minutes * 60_000);

export function sampleSecret(text: string, minutes = 0): KeySecret {
  return {
    digest: `${text}.`.padEnd(64, "0"),
    hint: text.slice(-4),
    createdAt: at(minutes),
    endsAt: null,
  };
}

export function sampleKey(name: string, minutes = 0): NewVirtualKey {
  return {
    id: `vk_${name}`,
    name,
    owner: "Dana",
    user: null,
    team: "care",
    userType: null,
    tags: { plan: "free" },
    mayOverride: false,
    models: ["claude-haiku-5-5"],
    endpoints: null,
    limits: { requestsPerMinute: 60, sessionUsd: "2.50" },
    createdAt: at(minutes),
    expiresAt: at(60),
    secret: sampleSecret(`digest-${name}`, minutes),
  };
}

export function stateStoreContract(name: string, makeBed: () => Promise<StateBed>): void {
  describe(`StateStore on ${name}`, () => {
    let bed: StateBed;
    let store: StateStore;
    beforeEach(async () => {
      bed = await makeBed();
      store = await bed.open();
    });
    afterEach(() => bed.close());

    it("keys.create keeps every part of a key, for every store on the same data", async () => {
      const { secret, ...key } = sampleKey("chat");
      const other = await bed.open();
      await store.keys.create({ ...key, secret });
      const expected = { ...key, revokedAt: null, secrets: [secret] };
      expect(await store.keys.list()).toEqual([expected]);
      expect(await other.keys.find("chat")).toEqual(expected);
      expect(await other.keys.find("vk_chat")).toEqual(expected);
      expect(await other.keys.find("nobody")).toBeNull();
    });

    it("keys.create refuses a name that is taken, by a revoked key too, and changes nothing", async () => {
      await store.keys.create(sampleKey("chat"));
      await store.keys.revoke("vk_chat", at(1));
      const again = { ...sampleKey("chat"), id: "vk_other", secret: sampleSecret("other") };
      await expect(store.keys.create(again)).rejects.toMatchObject({ code: "KEY_NAME_TAKEN" });
      expect(await store.keys.list()).toHaveLength(1);
    });

    it("budgets are kept as they were written, changed and removed, for every store", async () => {
      const other = await bed.open();
      const first = { name: "b", limit: "$5", match: { team: ["care"] }, steps: ["80% warn"] };
      await store.budgets.create(first, at(1));
      await store.budgets.create({ name: "a", limit: "1 calls" }, at(2));
      const taken = store.budgets.create({ name: "a", limit: "2 calls" }, at(3));
      await expect(taken).rejects.toMatchObject({ code: "BUDGET_NAME_TAKEN" });
      await other.budgets.replace({ name: "a", limit: "3 calls" }, at(4));
      expect(await store.budgets.list()).toEqual([
        { budget: { name: "a", limit: "3 calls" }, createdAt: at(2), changedAt: at(4) },
        { budget: first, createdAt: at(1), changedAt: at(1) },
      ]);
      await other.budgets.remove("a");
      const missing = { code: "BUDGET_NOT_FOUND" };
      await expect(store.budgets.remove("a")).rejects.toMatchObject(missing);
      const replaced = store.budgets.replace({ name: "a", limit: "$1" }, at(5));
      await expect(replaced).rejects.toMatchObject(missing);
      expect(await other.budgets.list()).toHaveLength(1);
    });

    it("keys.list gives the newest first", async () => {
      for (const [index, key] of ["a", "b", "c"].entries()) {
        await store.keys.create(sampleKey(key, index));
      }
      expect((await store.keys.list()).map((key) => key.name)).toEqual(["c", "b", "a"]);
    });

    it("keys.rotate ends the secrets before it, and never later than they would have ended", async () => {
      await store.keys.create(sampleKey("chat"));
      await store.keys.rotate("vk_chat", sampleSecret("second", 1), at(10));
      await store.keys.rotate("vk_chat", sampleSecret("third", 2), at(30));
      const found = await store.keys.find("chat");
      expect(found?.secrets.map(({ hint, endsAt }) => [hint, endsAt])).toEqual([
        ["hird", null],
        ["cond", at(30)],
        ["chat", at(10)],
      ]);
    });

    it("keys.rotate refuses a key that is revoked or not there", async () => {
      await store.keys.create(sampleKey("chat"));
      await store.keys.revoke("vk_chat", at(1));
      const rotate = (id: string) => store.keys.rotate(id, sampleSecret("second", 1), at(10));
      await expect(rotate("vk_chat")).rejects.toMatchObject({ code: "KEY_REVOKED_ALREADY" });
      await expect(rotate("vk_none")).rejects.toMatchObject({ code: "KEY_NOT_FOUND" });
      expect((await store.keys.find("chat"))?.secrets).toHaveLength(1);
    });

    it("keys.revoke keeps the first time when it is repeated", async () => {
      await store.keys.create(sampleKey("chat"));
      await store.keys.revoke("vk_chat", at(1));
      await store.keys.revoke("vk_chat", at(2));
      expect((await store.keys.find("chat"))?.revokedAt).toBe(at(1));
      await expect(store.keys.revoke("vk_none", at(3))).rejects.toMatchObject({
        code: "KEY_NOT_FOUND",
      });
    });

    it("watch tells of a change of its own store before the change resolves", async () => {
      let told = 0;
      const onChange = async (): Promise<void> => {
        told += 1;
      };
      store.watch("keys", { onChange, onFailure: () => {} });
      await store.keys.create(sampleKey("chat"));
      expect(told).toBe(1);
      await store.keys.revoke("vk_chat", at(1));
      expect(told).toBe(2);
    });

    it("watch tells of a change of another store, and tries again what failed", async () => {
      const failures: unknown[] = [];
      const told = Promise.withResolvers<number>();
      let calls = 0;
      const onChange = async (): Promise<void> => {
        calls += 1;
        if (calls === 1) throw new Error("not now");
        told.resolve((await store.keys.list()).length);
      };
      store.watch("keys", { onChange, onFailure: (error) => failures.push(error) });
      await (await bed.open()).keys.create(sampleKey("chat"));
      expect(await told.promise).toBe(1);
      expect(failures).toEqual([new Error("not now")]);
    });

    it("keys.create of many stores at once loses none", async () => {
      const stores = await Promise.all([bed.open(), bed.open(), bed.open()]);
      const names = Array.from({ length: 60 }, (_, index) => `key-${index}`);
      await Promise.all(
        names.map((each, index) => stores[index % 3]?.keys.create(sampleKey(each, index))),
      );
      const found = (await store.keys.list()).map((key) => key.name);
      expect(found).toEqual(names.toReversed());
    });
  });
}
