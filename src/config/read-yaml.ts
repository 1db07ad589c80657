/** Text of a YAML file in, plain values out, with the way back from a key to its line. */
import { isMap, isNode, isPair, isScalar, isSeq, LineCounter, parseDocument } from "yaml";
import { isJsonObject } from "../base/index.ts";
import type { ConfigIssue, KeyPath, Position } from "./issue.ts";

/** Aliases that one file may follow; more is an attack or a mistake. */
const ALIASES_MAX = 100;

export type YamlFile = {
  readonly value: unknown;
  /** Where a key (for `"key"`) or its value stands; the nearest parent when it has no place. */
  readonly locate: (path: KeyPath, part: "key" | "value") => Position;
};

type Document = ReturnType<typeof parseDocument>;

/** Returns the issues when the text is not well-formed. `name` is how the file is called in them. */
export function readYaml(name: string, text: string): YamlFile | readonly ConfigIssue[] {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false });
  if (document.errors.length > 0) {
    return document.errors.map((error) =>
      syntaxIssue(name, error, positionAt(lines, error.pos[0])),
    );
  }
  const value = plainValue(document);
  if (value === null) return [tooManyAliases(name)];
  return {
    value: value.plain,
    locate: (path, part) => positionAt(lines, offsetOf(document, path, part)),
  };
}

/** `null` when aliases multiply beyond the limit. */
function plainValue(document: Document): { readonly plain: unknown } | null {
  try {
    return { plain: document.toJS({ maxAliasCount: ALIASES_MAX }) as unknown };
  } catch (error) {
    if (error instanceof ReferenceError) return null;
    throw error;
  }
}

/** A section whose keys are all commented out reads as `null`; it counts as absent. */
export function withoutEmptySections(value: unknown): unknown {
  if (value === null || value === undefined) return {};
  if (!isJsonObject(value)) return value;
  return Object.fromEntries(Object.entries(value).filter(([, section]) => section !== null));
}

function tooManyAliases(name: string): ConfigIssue {
  return {
    code: "CONFIG_SYNTAX",
    source: name,
    position: null,
    key: null,
    what: `the file follows more than ${ALIASES_MAX} aliases`,
    mend: "Write the values out in place of the aliases.",
  };
}

function syntaxIssue(
  name: string,
  error: { readonly code: string; readonly message: string },
  position: Position,
): ConfigIssue {
  const duplicate = error.code === "DUPLICATE_KEY";
  return {
    code: duplicate ? "CONFIG_DUPLICATE_KEY" : "CONFIG_SYNTAX",
    source: `${name}:${position.line}:${position.column}`,
    position,
    key: null,
    what: duplicate ? "this key is already set above" : firstLine(error.message),
    mend: duplicate
      ? "Keep one of the two."
      : "Mend the YAML on this line: indent by spaces, end a key with a colon and a space.",
  };
}

function firstLine(message: string): string {
  const line = message.split("\n")[0] ?? message;
  return line.charAt(0).toLowerCase() + line.slice(1);
}

function positionAt(lines: LineCounter, offset: number): Position {
  const { line, col } = lines.linePos(offset);
  return { line: Math.max(1, line), column: Math.max(1, col) };
}

function offsetOf(document: Document, path: KeyPath, part: "key" | "value"): number {
  let node: unknown = document.contents;
  let offset = startOf(node);
  path.forEach((step, index) => {
    const child = stepInto(node, step);
    if (child === null) {
      node = null;
      return;
    }
    const wantsKey = part === "key" || child.value === null;
    offset =
      index === path.length - 1 && wantsKey
        ? child.keyOffset
        : startOf(child.value, child.keyOffset);
    node = child.value;
  });
  return offset;
}

function stepInto(
  node: unknown,
  step: string | number,
): { readonly value: unknown; readonly keyOffset: number } | null {
  if (isMap(node)) {
    const pair = node.items.find(
      (item) => isPair(item) && isScalar(item.key) && String(item.key.value) === String(step),
    );
    return pair === undefined ? null : { value: pair.value, keyOffset: startOf(pair.key) };
  }
  const item = isSeq(node) && typeof step === "number" ? node.items[step] : undefined;
  return item === undefined ? null : { value: item, keyOffset: startOf(item) };
}

function startOf(node: unknown, otherwise = 0): number {
  return isNode(node) ? (node.range?.[0] ?? otherwise) : otherwise;
}
