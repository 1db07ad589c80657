/**
 * House style that a program can check. Sizes only ratchet: what crosses a bound fails, unless it
 * stands in `EXCUSED` with its reason.
 */
import ts from "typescript";

export const FUNCTION_LINES_MAX = 70;
export const FILE_LINES_MAX = 600;
export const LINE_COLUMNS_MAX = 110;

/** What may be longer than the bounds, and why. An entry that is no longer needed fails as well. */
export const EXCUSED: Readonly<Record<string, string>> = {};

const BANNED_NAMES = ["utils", "helpers", "common", "misc", "shared", "manager"];

/** Words with what to write instead. Read from the code only, not from this folder. */
export const BANNED_WORDS: readonly { readonly pattern: RegExp; readonly instead: string }[] = [
  { pattern: /\bexport \*/, instead: "named exports" },
  { pattern: /@ts-(ignore|nocheck)/, instead: "a type that is right" },
  { pattern: /\b(TODO|FIXME|XXX)\b/, instead: "do it, or say in the docs that it is not done" },
  { pattern: /\b(it|test|describe)\.(only|todo)\(/, instead: "a test that runs" },
  { pattern: /eslint-disable/, instead: "code that passes" },
];

/** What a pure folder may not say. The clock and chance come in as values. */
export const BANNED_IN_PURE: readonly { readonly pattern: RegExp; readonly instead: string }[] = [
  { pattern: /\bDate\.now\(/, instead: "an Instant handed in" },
  { pattern: /\bnew Date\(\)/, instead: "an Instant handed in" },
  { pattern: /\bMath\.random\(/, instead: "a Random handed in" },
  { pattern: /\bfetch\(/, instead: "a value handed in" },
  { pattern: /\bprocess\./, instead: "a value handed in" },
  { pattern: /\bconsole\./, instead: "a returned outcome" },
];

export type Finding = { readonly place: string; readonly what: string };

export function judgeName(file: string): readonly Finding[] {
  const parts = file
    .replace(/\.(test|property|contract|bench|examples|generated)?\.?(ts|tsx)$/, "")
    .split("/");
  const badWord = parts.find((part) => BANNED_NAMES.includes(part));
  const badCase = parts.find((part) => !/^[a-z0-9]+([-.][a-z0-9]+)*$/.test(part));
  return [
    ...(badWord === undefined
      ? []
      : [{ place: file, what: `"${badWord}" does not say what it holds` }]),
    ...(badCase === undefined ? [] : [{ place: file, what: `"${badCase}" is not kebab-case` }]),
  ];
}

export function judgeText(file: string, text: string, isPure: boolean): readonly Finding[] {
  const words = isPure ? [...BANNED_WORDS, ...BANNED_IN_PURE] : BANNED_WORDS;
  return text.split("\n").flatMap((line, index) => {
    const place = `${file}:${index + 1}`;
    const code = line.replace(/^\s*(\/\/|\*|\/\*).*$/, "");
    const banned = words
      .filter((word) => word.pattern.test(code))
      .map((word) => ({ place, what: `${word.pattern.source}: write ${word.instead}` }));
    const tooLong = line.length > LINE_COLUMNS_MAX && !/https?:\/\/|["'`]/.test(line);
    return tooLong ? [...banned, { place, what: `${line.length} columns` }] : banned;
  });
}

/** A file's length and that of each function in it; a function is measured from its own first line. */
export function judgeSizes(file: string, text: string): readonly Finding[] {
  const findings: Finding[] = [];
  const lines = text.split("\n").length - 1;
  if (lines > FILE_LINES_MAX) findings.push({ place: file, what: `${lines} lines in one file` });
  const source = ts.createSourceFile(file, text, ts.ScriptTarget.Latest, true);
  const visit = (node: ts.Node): void => {
    if (ts.isFunctionLike(node) && "body" in node && node.body !== undefined) {
      const length = linesOf(source, node);
      const name = functionName(node);
      if (length > FUNCTION_LINES_MAX) {
        findings.push({ place: `${file}#${name}`, what: `${length} lines in one function` });
      }
    }
    ts.forEachChild(node, visit);
  };
  visit(source);
  return findings;
}

function linesOf(source: ts.SourceFile, node: ts.Node): number {
  const first = source.getLineAndCharacterOfPosition(node.getStart(source)).line;
  return source.getLineAndCharacterOfPosition(node.getEnd()).line - first + 1;
}

function functionName(node: ts.SignatureDeclaration): string {
  if (node.name !== undefined) return node.name.getText();
  const parent = node.parent;
  return ts.isVariableDeclaration(parent) || ts.isPropertyAssignment(parent)
    ? parent.name.getText()
    : "anonymous";
}

/** Whether a folder's face opens with its card. */
export function judgeCard(file: string, text: string): readonly Finding[] {
  const missing = ["Answers:", "Promises:", "Does not:", "Start at:"].filter(
    (heading) => !text.slice(0, 2_000).includes(heading),
  );
  return missing.length === 0
    ? []
    : [{ place: file, what: `its card lacks ${missing.join(", ")}` }];
}
