/** Judges a graph of imports by the layer table. Knows nothing of files, so that it can be tested. */
import { FACES_AT, LAYERS, type LayerRule, NEVER_IMPORTED } from "./layers.ts";

export type ImportEdge = {
  readonly from: string;
  readonly to: string;
  readonly kind: "value" | "type";
  /** The package's name when `to` is an npm package; `null` for a file of ours. */
  readonly npmPackage: string | null;
  readonly isNodeBuiltin: boolean;
};

export type Violation = { readonly from: string; readonly to: string; readonly why: string };

export function isInside(file: string, folder: string): boolean {
  return file === folder || file.startsWith(`${folder}/`);
}

/** The rule of the longest folder that holds the file; `null` when no rule covers it. */
export function ruleFor(file: string): LayerRule | null {
  const holders = LAYERS.filter((rule) => isInside(file, rule.folder));
  return holders.sort((a, b) => b.folder.length - a.folder.length)[0] ?? null;
}

export function isTestFile(file: string): boolean {
  return /\.(test|contract|property\.test)\.ts$/.test(file) || !file.startsWith("src/");
}

/** Why one import is not allowed, or `null` when it is. */
export function judgeEdge(edge: ImportEdge): string | null {
  if (isTestFile(edge.from)) return null;
  const rule = ruleFor(edge.from);
  if (rule === null) return "no rule of the layer table covers this file";
  if (edge.isNodeBuiltin) return rule.pure ? "a pure folder may not import node:*" : null;
  if (edge.npmPackage !== null) return judgePackage(rule, edge.npmPackage);
  return judgeFile(rule, edge);
}

function judgePackage(rule: LayerRule, name: string): string | null {
  const allowed = rule.packages.some(
    (entry) => entry === "*" || entry === name || (entry.endsWith("/") && name.startsWith(entry)),
  );
  return allowed ? null : `${rule.folder} may not import the package ${name}`;
}

function judgeFile(rule: LayerRule, edge: ImportEdge): string | null {
  const forbidden = NEVER_IMPORTED.find(
    (folder) => isInside(edge.to, folder) && !isInside(edge.from, folder),
  );
  if (forbidden !== undefined) return `nobody imports ${forbidden}`;
  const target = ruleFor(edge.to);
  if (target?.folder !== rule.folder && !isAllowed(rule, edge)) {
    return `${rule.folder} may not import ${edge.kind}s of ${target?.folder ?? edge.to}`;
  }
  return judgeFace(edge);
}

function isAllowed(rule: LayerRule, edge: ImportEdge): boolean {
  const folders = edge.kind === "type" ? [...rule.values, ...rule.types] : rule.values;
  return folders.some((folder) => isInside(edge.to, folder));
}

/** A folder with a face is entered through its `index.ts`, except from within. */
function judgeFace(edge: ImportEdge): string | null {
  const face = [...FACES_AT]
    .filter((folder) => isInside(edge.to, folder))
    .sort((a, b) => b.length - a.length)[0];
  if (face === undefined || isInside(edge.from, face)) return null;
  if (isInside(edge.from, "src/main") && edge.to.endsWith("-process.ts")) return null;
  return edge.to === `${face}/index.ts` ? null : `enter ${face} through its index.ts`;
}

/** Files that a folder must never reach, found by walking value imports. */
export function findForbiddenReach(edges: readonly ImportEdge[]): readonly Violation[] {
  const next = new Map<string, ImportEdge[]>();
  for (const edge of edges) {
    if (edge.kind === "type" || edge.npmPackage !== null || edge.isNodeBuiltin) continue;
    next.set(edge.from, [...(next.get(edge.from) ?? []), edge]);
  }
  const violations: Violation[] = [];
  for (const start of next.keys()) {
    const forbidden = isTestFile(start) ? [] : (ruleFor(start)?.neverReaches ?? []);
    for (const reached of forbidden.length === 0 ? [] : reachableFrom(start, next)) {
      const folder = forbidden.find((entry) => isInside(reached, entry));
      if (folder !== undefined && !isInside(start, folder)) {
        violations.push({ from: start, to: reached, why: `must not reach ${folder}` });
      }
    }
  }
  return violations;
}

function reachableFrom(start: string, next: ReadonlyMap<string, ImportEdge[]>): Set<string> {
  const seen = new Set<string>();
  const queue = [start];
  for (let file = queue.pop(); file !== undefined; file = queue.pop()) {
    for (const edge of next.get(file) ?? []) {
      if (!seen.has(edge.to)) queue.push(edge.to);
      seen.add(edge.to);
    }
  }
  return seen;
}

export function findViolations(edges: readonly ImportEdge[]): readonly Violation[] {
  const direct = edges.flatMap((edge) => {
    const why = judgeEdge(edge);
    return why === null ? [] : [{ from: edge.from, to: edge.to, why }];
  });
  return [...direct, ...findForbiddenReach(edges)];
}
