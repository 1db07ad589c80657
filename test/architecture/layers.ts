/**
 * Who may import whom: the one place where the layer table stands, as data. ARCHITECTURE.md shows
 * the same table in words; `layers.test.ts` reads this and fails on anything it does not allow.
 *
 * A rule belongs to the longest folder that holds the importing file. `values` may be imported in
 * full, `types` only by `import type`. Own folder and `node:*` (unless `pure`) are always allowed.
 */
export type LayerRule = {
  readonly folder: string;
  readonly values: readonly string[];
  readonly types: readonly string[];
  /** npm packages; `"*"` is any declared dependency. */
  readonly packages: readonly string[];
  /** No `node:*`, clock, randomness, network, process or console. */
  readonly pure: boolean;
  /** Folders that must not be reached, also not through others (type-only steps do not count). */
  readonly neverReaches: readonly string[];
};

type PartialRule = Partial<Omit<LayerRule, "folder">>;

function layer(folder: string, rule: PartialRule): LayerRule {
  return { folder, values: [], types: [], packages: [], pure: false, neverReaches: [], ...rule };
}

/** Domain folders in the order of the architecture: each may import those before it. */
const DOMAIN_ORDER = [
  "catalogue",
  "billing",
  "reconciliation",
  "prompt",
  "prompt-cache",
  "statistics",
  "access",
  "limits",
  "budgets",
  "routing",
  "grading",
  "audit",
  "policy",
  "workloads",
] as const;

const PURE_PACKAGES = ["@stdlib/"] as const;

function domainLayers(): readonly LayerRule[] {
  return DOMAIN_ORDER.map((name, index) => {
    const above = DOMAIN_ORDER.slice(0, index)
      .filter((other) => !(name === "prompt-cache" && other === "billing"))
      .map((other) => `src/domain/${other}`);
    return layer(`src/domain/${name}`, {
      values: ["src/base", ...above],
      packages: PURE_PACKAGES,
      pure: true,
    });
  });
}

const DOMAIN = "src/domain";

/** Services share `exchange` and nothing else: one does not import another. */
const SERVICES = [
  "gateway",
  "batch",
  "evals",
  "assistants",
  "importers",
  "alerts",
  "jobs",
] as const;

function serviceLayers(): readonly LayerRule[] {
  return SERVICES.map((name) =>
    layer(`src/services/${name}`, {
      values: ["src/base", DOMAIN, "src/wire", "src/stores/contracts", "src/services/exchange"],
      // Mappings of columns are written in YAML, as purser.yaml is.
      packages: ["undici", "@anthropic-ai/sdk", ...(name === "importers" ? ["yaml"] : [])],
      neverReaches: ["src/stores/ledger", "src/stores/state", "src/faces"],
    }),
  );
}

const EVERYTHING = ["src", "test", "bench", "examples", "tools"];

export const LAYERS: readonly LayerRule[] = [
  layer("src/base", { pure: true }),
  ...domainLayers(),
  layer("src/wire/sse", { values: ["src/base"], types: [DOMAIN] }),
  layer("src/wire", { values: ["src/base", "src/wire/sse"], types: [DOMAIN] }),
  // How a budget is written is read in one place, for the file and for commands.
  layer("src/config", {
    values: ["src/base", "src/domain/budgets"],
    types: [DOMAIN],
    packages: ["zod", "yaml"],
  }),
  layer("src/stores/contracts", { values: ["src/base"], types: [DOMAIN] }),
  layer("src/stores/data-directory", { values: ["src/base", "src/stores/contracts"] }),
  layer("src/stores/ledger", {
    values: ["src/base", "src/stores/contracts", "src/stores/data-directory"],
    types: [DOMAIN],
    packages: ["@duckdb/node-api"],
  }),
  layer("src/stores/state", {
    values: ["src/base", "src/stores/contracts", "src/stores/data-directory"],
    types: [DOMAIN],
    packages: ["kysely", "pg"],
  }),
  layer("src/simulator", {
    values: ["src/base"],
    types: ["src/wire"],
    neverReaches: ["src/domain", "src/services", "src/stores", "src/wire"],
  }),
  layer("src/services/exchange", {
    values: ["src/base", DOMAIN, "src/wire", "src/stores/contracts"],
    packages: ["undici"],
  }),
  ...serviceLayers(),
  layer("src/operations", {
    values: ["src/base", DOMAIN, "src/services", "src/stores/contracts", "src/wire", "src/config"],
    packages: ["zod"],
    neverReaches: ["src/stores/ledger", "src/stores/state", "src/faces"],
  }),
  layer("src/faces/cli", {
    values: ["src/base", "src/operations"],
    packages: ["zod"],
    neverReaches: ["src/stores/ledger", "src/faces/http", "src/faces/mcp"],
  }),
  layer("src/faces/http", {
    values: ["src/base", "src/operations"],
    packages: ["hono", "@hono/", "zod", "prom-client"],
    neverReaches: ["src/stores/ledger", "src/faces/cli", "src/faces/mcp"],
  }),
  layer("src/faces/mcp", {
    values: ["src/base", "src/operations"],
    packages: ["@modelcontextprotocol/", "zod"],
    neverReaches: ["src/stores/ledger", "src/faces/cli", "src/faces/http"],
  }),
  layer("src/main", { values: ["src"], packages: ["*"] }),
  layer("test", { values: EVERYTHING, types: EVERYTHING, packages: ["*"] }),
  layer("bench", { values: EVERYTHING, types: EVERYTHING, packages: ["*"] }),
  layer("examples", { values: EVERYTHING, types: EVERYTHING, packages: ["*"] }),
  layer("tools", { values: EVERYTHING, types: EVERYTHING, packages: ["*"] }),
];

/** Nobody may import these, except from within. */
export const NEVER_IMPORTED = ["src/main", "bench", "tools"] as const;

/** Folders whose inside is reached through `index.ts` only. Longest match wins. */
export const FACES_AT = [
  "src/base",
  ...DOMAIN_ORDER.map((name) => `src/domain/${name}`),
  "src/wire/batches",
  "src/wire/messages",
  "src/wire/sse",
  "src/wire/usage-report",
  "src/config",
  "src/stores/contracts",
  "src/stores/data-directory",
  "src/stores/ledger",
  "src/stores/state",
  "src/simulator",
  "src/services/exchange",
  ...SERVICES.map((name) => `src/services/${name}`),
  "src/operations",
  "src/faces/cli",
  "src/faces/http",
  "src/faces/mcp",
] as const;
