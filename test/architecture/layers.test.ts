import { readdirSync, readFileSync } from "node:fs";
import { beforeAll, describe, expect, test } from "vitest";
import { type ImportGraph, readImportGraph } from "./import-graph.ts";
import { findViolations, type ImportEdge, judgeEdge, ruleFor } from "./layer-check.ts";
import { LAYERS } from "./layers.ts";

let graph: ImportGraph;

beforeAll(async () => {
  graph = await readImportGraph(["src"]);
});

function edge(from: string, to: string, more: Partial<ImportEdge> = {}): ImportEdge {
  return { from, to, kind: "value", npmPackage: null, isNodeBuiltin: false, ...more };
}

describe("layers", () => {
  test("layers are judged on a walk that found every source file", () => {
    const onDisk = readdirSync("src", { recursive: true, encoding: "utf8" })
      .filter((file) => file.endsWith(".ts"))
      .map((file) => `src/${file}`);
    expect(onDisk.length).toBeGreaterThan(50);
    expect(onDisk.filter((file) => !graph.files.includes(file))).toEqual([]);
    expect(graph.edges.length).toBeGreaterThan(100);
    expect(graph.edges.some((found) => found.kind === "type")).toBe(true);
    expect(graph.unresolved).toEqual([]);
  });

  test("layers allow every import of the sources", () => {
    expect(findViolations(graph.edges)).toEqual([]);
  });

  test("layers cover every source file with a rule", () => {
    expect(graph.files.filter((file) => ruleFor(file) === null)).toEqual([]);
  });

  test("layers have no cycle of values", () => {
    expect(graph.cycles).toEqual([]);
  });

  test.each<[string, ImportEdge]>([
    ["domain reading a file", edge("src/domain/billing/a.ts", "fs", { isNodeBuiltin: true })],
    ["base using a package", edge("src/base/a.ts", "zod", { npmPackage: "zod" })],
    ["billing importing prompt", edge("src/domain/billing/a.ts", "src/domain/prompt/index.ts")],
    [
      "prompt-cache importing billing",
      edge("src/domain/prompt-cache/a.ts", "src/domain/billing/index.ts"),
    ],
    [
      "a store importing a service",
      edge("src/stores/ledger/a.ts", "src/services/exchange/index.ts"),
    ],
    [
      "a service importing a store",
      edge("src/services/gateway/a.ts", "src/stores/ledger/index.ts"),
    ],
    [
      "a service importing another",
      edge("src/services/jobs/a.ts", "src/services/gateway/index.ts"),
    ],
    [
      "the simulator importing the domain",
      edge("src/simulator/a.ts", "src/domain/billing/index.ts"),
    ],
    ["a face importing a store", edge("src/faces/cli/a.ts", "src/stores/contracts/index.ts")],
    ["anyone importing main", edge("src/operations/a.ts", "src/main/up.ts")],
    ["a deep import", edge("src/operations/a.ts", "src/domain/billing/compute-bill.ts")],
    ["a value where types are allowed", edge("src/config/a.ts", "src/domain/billing/index.ts")],
  ])("layers refuse %s", (_name, planted) => {
    expect(judgeEdge(planted)).not.toBeNull();
  });

  test("layers refuse what is reached through others", () => {
    const found = findViolations([
      edge("src/simulator/a.ts", "src/base/index.ts"),
      edge("src/base/index.ts", "src/domain/billing/index.ts"),
    ]);
    expect(found.some((violation) => violation.why === "must not reach src/domain")).toBe(true);
  });

  test("layers cannot be switched off: no rule is empty of meaning and no comment disables one", () => {
    const folders = LAYERS.map((rule) => rule.folder);
    expect(new Set(folders).size).toBe(folders.length);
    const open = LAYERS.filter(
      (rule) => rule.values.includes("src") || rule.packages.includes("*"),
    );
    expect(open.map((rule) => rule.folder)).toEqual([
      "src/main",
      "test",
      "bench",
      "examples",
      "tools",
    ]);
    const disabled = graph.files.filter((file) =>
      /depcruise-ignore|layers-ignore/.test(readFileSync(file, "utf8")),
    );
    expect(disabled).toEqual([]);
  });
});
