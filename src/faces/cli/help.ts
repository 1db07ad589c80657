/** Help texts. The reference page is made of the same ones. */

import type { InputField } from "../../operations/index.ts";
import { type Command, EXIT_CODES } from "./command.ts";
import { fieldsOf } from "./parse-arguments.ts";

const DESCRIPTION_COLUMN_MAX = 28;

export function overviewHelp(commands: readonly Command[]): string {
  const width = Math.max(...commands.map((command) => command.path.join(" ").length));
  const rows = commands.map(
    (command) => `  ${command.path.join(" ").padEnd(width)}  ${command.summary}`,
  );
  return [
    "purser: meters every Claude API call exactly and explains where the money goes.",
    "",
    "Usage: purser COMMAND [FLAGS]",
    "",
    "Commands:",
    ...rows,
    "",
    "Begin with:",
    "  purser demo                        a day of simulated traffic, and its bill",
    "  purser up                          the gateway in front of the Claude API",
    "  export ANTHROPIC_BASE_URL=http://127.0.0.1:4141",
    "  purser report --by model --since 7d",
    "",
    "`purser help COMMAND` shows its flags and examples; `purser --version` the version.",
    "",
  ].join("\n");
}

export function commandHelp(command: Command): string {
  const fields = fieldsOf(command);
  return [
    `purser ${command.path.join(" ")}: ${lowerFirst(command.summary)}`,
    "",
    `Usage: purser ${command.path.join(" ")}${usageTail(command)}`,
    "",
    "Flags:",
    ...flagRows(fields, command),
    "",
    "Examples:",
    ...command.examples.flatMap((example) => [`  # ${example.says}`, `  ${example.shell}`]),
    "",
  ].join("\n");
}

/** What a group such as `ledger` holds, for who names it alone. */
export function groupHelp(group: string, commands: readonly Command[]): string {
  const names = commands.map((command) => command.path.join(" "));
  const width = Math.max(...names.map((name) => name.length));
  return [
    `Usage: purser ${group} COMMAND [FLAGS]`,
    "",
    "Commands:",
    ...commands.map(({ summary }, index) => `  ${(names[index] ?? "").padEnd(width)}  ${summary}`),
    "",
    `\`purser help ${names[0] ?? group}\` shows its flags and examples, and so for the others.`,
    "",
  ].join("\n");
}

export function exitCodeHelp(): string {
  return EXIT_CODES.map(({ code, means }) => `  ${String(code).padStart(3)}  ${means}`).join("\n");
}

function usageTail(command: Command): string {
  if (command.standardInput !== null)
    return " [FILE] [FLAGS]   (without FILE, reads standard input)";
  const field = command.fields.find(({ name }) => name === command.positional);
  if (field === undefined) return " [FLAGS]";
  const word = field.text.toUpperCase();
  const rest = command.fields.find(({ name }) => name === command.rest);
  const more = rest === undefined ? "" : ` ${rest.text.toUpperCase()}...`;
  return field.required ? ` ${word}${more} [FLAGS]` : ` [${word}]${more} [FLAGS]`;
}

function flagRows(fields: readonly InputField[], command: Command): readonly string[] {
  const rows = [
    ...fields
      .filter((field) => field.name !== command.positional && field.name !== command.rest)
      .map((field) => ({ flag: flagWord(field), says: flagSays(field) })),
    { flag: "--help", says: "Show this." },
  ];
  const width = Math.min(DESCRIPTION_COLUMN_MAX, Math.max(...rows.map((row) => row.flag.length)));
  return rows.map(({ flag, says }) => `  ${flag.padEnd(width)}  ${says}`);
}

function flagWord(field: InputField): string {
  if (field.kind === "boolean") return `--${field.text}`;
  const word = VALUE_WORDS[field.text] ?? (field.kind === "number" ? "N" : "TEXT");
  return `--${field.text} ${word}`;
}

/** What stands for the value in usage lines, where "TEXT" would say too little. */
const VALUE_WORDS: Readonly<Record<string, string>> = {
  at: "DATE",
  since: "TIME",
  until: "TIME",
  by: "DIMENSIONS",
  where: "FILTER",
  config: "FILE",
  data: "DIR",
  file: "FILE",
  format: "FORMAT",
  model: "ID",
  upstream: "URL",
  scenario: "NAME",
  port: "PORT",
  "control-port": "PORT",
  host: "ADDRESS",
  "control-host": "ADDRESS",
};

function flagSays(field: InputField): string {
  const values = field.values === null ? "" : ` One of: ${field.values.join(", ")}.`;
  const standard = standardText(field.standard);
  return `${field.description}${values}${standard === null ? "" : ` Default: ${standard}.`}`;
}

function standardText(standard: unknown): string | null {
  if (standard === undefined || standard === false) return null;
  if (Array.isArray(standard)) return standard.length === 0 ? null : standard.join(",");
  return String(standard);
}

function lowerFirst(text: string): string {
  return /^[A-Z][a-z ]/.test(text) ? text.charAt(0).toLowerCase() + text.slice(1) : text;
}
