/**
 * `node bench/cache/transcripts.ts`: holds recorded Claude Code transcripts against the prediction and
 * writes docs/reference/cache-transcripts-measured.md. Deterministic.
 */
import { existsSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { judgeTurns, readTurns, TURN_CLASSES, type TurnFinding } from "./transcript-findings.ts";

const SESSIONS = fileURLToPath(new URL("../../../shared/data/sessions", import.meta.url));
const PAGE = fileURLToPath(
  new URL("../../docs/reference/cache-transcripts-measured.md", import.meta.url),
);

const INTRODUCTION = `# The prediction, held against transcripts

Written by \`node bench/cache/transcripts.ts\` from recorded Claude Code transcripts, and from usage kept of others
without text; an answer that stands in several is taken once. Lines without usage, and answers that neither
read nor wrote a cache, are left out.

A transcript shows no markers, no sizes, and neither tools nor system prompt. Each turn's last marker is
taken to stand where its bill says it stands (read and written sum up to it), with one more at the end of the
turn before; lifetimes are those billed. What is read is predicted from the turns before, and with it how the
rest splits into written and fresh. A turn counts as exact only where the read is right to the token.

| Class | What it means |
| --- | --- |
| read | exact: it read just what the turn before had read and written |
| expired | exact: it came after that had died, and read nothing |
| cold | exact: the first turn of a conversation, which read nothing |
| warm | the first turn of a conversation or sub-agent, which read a hidden prompt cached before it |
| differs | anything else: a hidden prompt that changed, an edited history, an entry dropped early |
`;

function rowOf(title: string, findings: readonly TurnFinding[]): string {
  const counts = TURN_CLASSES.map((name) => findings.filter(({ turn }) => turn === name).length);
  return `| ${[title, findings.length, ...counts].join(" | ")} |`;
}

function main(): void {
  if (!existsSync(SESSIONS)) throw new Error("the recorded sessions are not here");
  const findings = judgeTurns(readTurns(SESSIONS));
  const files = [...new Set(findings.map(({ file }) => file))].sort();
  const exact = findings.filter(({ turn }) => turn !== "warm" && turn !== "differs").length;
  const page = [
    INTRODUCTION,
    `Exact: ${exact} of ${findings.length} turns.`,
    "",
    `| Transcript | Turns | ${TURN_CLASSES.join(" | ")} |`,
    `| --- | --: |${" --: |".repeat(TURN_CLASSES.length)}`,
    ...files.map((file) =>
      rowOf(
        file,
        findings.filter((finding) => finding.file === file),
      ),
    ),
    rowOf("**all**", findings),
    "",
  ];
  writeFileSync(PAGE, page.join("\n"));
  process.stdout.write(`written: ${PAGE}\n`);
}

main();
