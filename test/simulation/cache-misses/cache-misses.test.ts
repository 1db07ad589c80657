/**
 * Every class of miss, produced on purpose: a client's traffic goes through the gateway to the simulator,
 * whose cache knows nothing of ours; `cache misses` must name what was done to it, and price it.
 */
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { z } from "zod";
import { parseUsd } from "../../../src/base/index.ts";
import { compileCatalogue } from "../../../src/domain/catalogue/index.ts";
import { MISS_CAUSES, providerWordFor } from "../../../src/domain/prompt-cache/index.ts";
import { cacheMisses, checkInput, type OperationContext } from "../../../src/operations/index.ts";
import { AGENT_SCRIPT, playAgents } from "../autopilot/agent-traffic.ts";
import { autopilot, startPolicied } from "../autopilot/one-gateway.ts";
import { SCENES } from "./miss-scenes.ts";
import { endpointOf, type PlayedScenes, playScenes } from "./play-scenes.ts";
import { randomTalk } from "./random-talk.ts";

const PROJECT_ROOT = fileURLToPath(new URL("../../..", import.meta.url));

type Output = z.output<typeof cacheMisses.output>;

let played: PlayedScenes;
beforeAll(async () => {
  played = await playScenes(SCENES);
});
afterAll(async () => {
  await played[Symbol.asyncDispose]();
});

function misses(where: readonly string[], scenes: PlayedScenes = played): Promise<Output> {
  const context: Pick<OperationContext, "clock" | "catalogue" | "ledger"> = {
    clock: scenes.clock,
    catalogue: () => compileCatalogue(),
    ledger: () => Promise.resolve(scenes.reader),
  };
  return cacheMisses.run(
    checkInput(cacheMisses, { where: [...where] }),
    context as OperationContext,
  );
}

function sumOfCauses({ causes }: Output): bigint {
  return causes.reduce((sum, { usd }) => sum + parseUsd(usd), 0n);
}

describe("cache misses", () => {
  test("the scenes show every class of miss there is", () => {
    expect([...new Set(SCENES.map(({ cause }) => cause))].sort()).toEqual([...MISS_CAUSES].sort());
  });

  test("the page on cache misses has a section for every class", () => {
    const page = readFileSync(`${PROJECT_ROOT}/docs/concepts/cache-misses.md`, "utf8");
    const sections = page.split("\n").flatMap((line) => /^### (\S+)$/.exec(line)?.[1] ?? []);
    expect(sections.sort()).toEqual([...MISS_CAUSES].sort());
  });

  test.each(SCENES.map((scene) => [endpointOf(scene), scene] as const))(
    "%s is named rightly",
    async (endpoint, { cause, evidence }) => {
      const output = await misses([`endpoint=${endpoint}`]);
      const [first] = output.causes;
      expect(output.causes.map((found) => [found.cause, found.usd])[0]?.[0]).toBe(cause);
      expect(parseUsd(first?.usd ?? "0")).toBeGreaterThan(0n);
      expect(first?.evidence?.exchange).toMatch(/^ex_/);
      expect(first?.evidence).toMatchObject(evidence ?? {});
    },
  );

  test.each(SCENES.map((scene) => [endpointOf(scene)] as const))(
    "the causes of %s sum to the gap, and the bill is the one that was paid",
    async (endpoint) => {
      const output = await misses([`endpoint=${endpoint}`]);
      expect(sumOfCauses(output)).toBe(parseUsd(output.gap_usd));
      expect(parseUsd(output.billed_usd) - parseUsd(output.best_usd)).toBe(
        parseUsd(output.gap_usd),
      );
      const spent = await played.reader.spend({
        since: null,
        until: null,
        by: [],
        where: [{ dimension: "endpoint", comparison: "is", value: endpoint }],
        top: null,
      });
      const { inputAmount, cacheReadAmount, cacheWriteAmount } = spent.total;
      expect(parseUsd(output.billed_usd)).toBe(inputAmount + cacheReadAmount + cacheWriteAmount);
      expect(output.requests).toBe(played.answers.get(endpoint)?.length);
      expect(output.left_out).toEqual({});
    },
  );

  test("the causes of all traffic together sum to its gap", async () => {
    const output = await misses([]);
    expect(sumOfCauses(output)).toBe(parseUsd(output.gap_usd));
    expect(output.causes.length).toBe(MISS_CAUSES.length);
    const context = { clock: played.clock, ledger: async () => played.reader };
    const top = await cacheMisses.run(checkInput(cacheMisses, { top: 3 }), {
      ...(context as unknown as OperationContext),
      catalogue: () => compileCatalogue(),
    });
    expect(top.causes.length).toBe(3);
    expect(sumOfCauses(top) + parseUsd(top.others?.usd ?? "0")).toBe(parseUsd(output.gap_usd));
  });

  test("what expired says whether an hour or a keep-alive would have paid", async () => {
    const { expired } = await misses(["endpoint=expired"]);
    expect(expired.by_ms_min).toBe(7 * 60_000);
    // Written twice at 1.25 and 1.25; an hour is 2 and a read, two calls are 0.2 and a read.
    expect(parseUsd(expired.hour_would_save_usd)).toBeGreaterThan(0n);
    expect(parseUsd(expired.keep_alive_would_save_usd)).toBeGreaterThan(
      parseUsd(expired.hour_would_save_usd),
    );
  });

  test("the provider's own diagnosis, written apart, agrees wherever it has a word", async () => {
    // A tool put at the end leaves the earlier request's tools where they were, and the simulator names
    // the first of its blocks that is found no more: the system text.
    const named = SCENES.filter(
      ({ cause }) => providerWordFor(cause) !== null && cause !== "tool-added",
    );
    await using diagnosed = await playScenes(named, { diagnosed: true });
    for (const scene of named) {
      const { provider, causes } = await misses([`endpoint=${endpointOf(scene)}`], diagnosed);
      expect([endpointOf(scene), provider]).toEqual([
        endpointOf(scene),
        { compared: 1, agreed: 1, differing: [] },
      ]);
      expect(causes[0]?.evidence?.provider).toBe(providerWordFor(scene.cause));
    }
  });

  test.each([1, 2, 3, 4, 5])(
    "nothing is left unexplained, and the causes sum to the gap, on random talk %i",
    async (seed) => {
      await using talk = await playScenes([randomTalk(seed)]);
      const output = await misses([], talk);
      expect(sumOfCauses(output)).toBe(parseUsd(output.gap_usd));
      expect(output.left_out).toEqual({});
      const causes = output.causes.map((found) => found.cause);
      expect(causes.length).toBeGreaterThan(5);
      expect(causes).not.toContain("unexplained");
    },
  );

  test("markers that a policy put in count as markers, and explain what was read", async () => {
    await using stage = await startPolicied([autopilot()], { script: AGENT_SCRIPT });
    await playAgents(stage.simulator, stage.url, { seed: 4, sessions: 4, turns: 24 });
    const output = await cacheMisses.run(checkInput(cacheMisses, {}), {
      clock: stage.clock,
      catalogue: () => compileCatalogue(),
      ledger: () => stage.reader(),
    } as Pick<OperationContext, "clock" | "catalogue" | "ledger"> as OperationContext);
    expect(output.requests).toBe(4 * 24);
    expect(sumOfCauses(output)).toBe(parseUsd(output.gap_usd));
    const causes = output.causes.map((found) => found.cause);
    expect(causes).not.toContain("unexplained");
    expect(causes).not.toContain("never-marked");
    // The planner learns: of what it could not know at first, little is left.
    expect(parseUsd(output.gap_usd) * 2n).toBeLessThan(parseUsd(output.billed_usd));
  });

  test("no text of a prompt is in an answer, nor in what the ledger keeps", async () => {
    const exchanges = await played.reader.exchanges({ since: null, until: null, limit: 1_000 });
    const text = JSON.stringify([await misses([]), exchanges], (_, value) =>
      typeof value === "bigint" ? String(value) : value,
    );
    for (const said of [
      "2026-11-22T10:00:30Z",
      "7c1b8a55-9f0d",
      "R7sPe91XcVbu",
      "rope",
      "Be brief",
    ]) {
      expect(text).not.toContain(said);
    }
  });
});
