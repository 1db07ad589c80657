/** The project's imports, read by dependency-cruiser (TypeScript 6 beside 7 lets it see types). */
import { cruise, type IDependency, type IModule } from "dependency-cruiser";
import type { ImportEdge } from "./layer-check.ts";

export type ImportGraph = {
  readonly files: readonly string[];
  readonly edges: readonly ImportEdge[];
  readonly unresolved: readonly string[];
  readonly cycles: readonly string[];
};

export async function readImportGraph(folders: readonly string[]): Promise<ImportGraph> {
  const result = await cruise([...folders], {
    tsPreCompilationDeps: true,
    doNotFollow: { path: "node_modules" },
    exclude: { path: "(^|/)(node_modules|dist)/" },
    enhancedResolveOptions: {
      exportsFields: ["exports"],
      conditionNames: ["import", "node", "default", "types"],
    },
  });
  if (typeof result.output === "string")
    throw new Error("dependency-cruiser gave text, not a graph");
  const modules = result.output.modules.filter((module) => isOurs(module.source));
  return {
    files: modules.map((module) => module.source),
    edges: modules.flatMap((module) => module.dependencies.map((to) => toEdge(module, to))),
    unresolved: modules.flatMap(unresolvedImports),
    cycles: modules.flatMap((module) =>
      module.dependencies
        .filter((to) => to.circular && !to.dependencyTypes.includes("type-only"))
        .filter((to) =>
          (to.cycle ?? []).every((step) => !step.dependencyTypes.includes("type-only")),
        )
        .map((to) => `${module.source} -> ${to.resolved}`),
    ),
  };
}

function isOurs(source: string): boolean {
  return /^(src|test|bench|examples|tools)\//.test(source);
}

function unresolvedImports(module: IModule): readonly string[] {
  return module.dependencies
    .filter((to) => to.couldNotResolve && !to.module.startsWith("node:"))
    .map((to) => `${module.source} -> ${to.module}`);
}

function toEdge(from: IModule, to: IDependency): ImportEdge {
  const isNodeBuiltin = to.coreModule || to.module.startsWith("node:");
  const isFile = to.module.startsWith(".");
  return {
    from: from.source,
    to: to.resolved,
    kind: to.dependencyTypes.includes("type-only") ? "type" : "value",
    npmPackage: isFile || isNodeBuiltin ? null : packageName(to.module),
    isNodeBuiltin,
  };
}

function packageName(specifier: string): string {
  return specifier
    .split("/")
    .slice(0, specifier.startsWith("@") ? 2 : 1)
    .join("/");
}
