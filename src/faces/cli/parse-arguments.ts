/** Words of a command line to texts by field. Says what is wrong, and what was probably meant. */
import { closestWord, PurserError } from "../../base/index.ts";
import type { InputField } from "../../operations/index.ts";
import type { Command } from "./command.ts";

export type ParsedArguments = {
  readonly texts: Readonly<Record<string, readonly string[]>>;
  /** The word that stands on its own, when the command takes one. */
  readonly word: string | null;
  /** The words after it, when the command takes them. */
  readonly rest: readonly string[];
  readonly help: boolean;
};

/** Flags that every command has. `--data` and `--config` say where to look. */
export const GLOBAL_FIELDS: readonly InputField[] = [
  globalField("json", "boolean", "Print JSON, with exact amounts as decimal texts."),
  globalField("config", "text", "The configuration file; purser.yaml in this folder by default."),
  globalField("data", "text", "The data directory."),
];

/** Errors: `CLI_FLAG_UNKNOWN`, `CLI_FLAG_INVALID`, `CLI_ARGUMENT_UNEXPECTED`. */
export function parseArguments(command: Command, words: readonly string[]): ParsedArguments {
  const fields = fieldsOf(command);
  const texts: Record<string, string[]> = {};
  const alone: string[] = [];
  const takesWord = command.positional !== null || command.standardInput !== null;
  let help = false;
  // A list takes the words after it as well, where they cannot be anything else.
  let openList: InputField | null = null;
  for (let index = 0; index < words.length; index += 1) {
    const word = words[index] ?? "";
    if (word === "--") {
      alone.push(...words.slice(index + 1));
      break;
    }
    if (word === "--help" || word === "-h") help = true;
    else if (word === "-" || !word.startsWith("-")) {
      if (openList === null) alone.push(word);
      else addText(texts, { field: openList, text: checkValue(openList, word) });
    } else {
      const found = readFlag(fields, word, words[index + 1]);
      if (found.tookNext) index += 1;
      addText(texts, found);
      openList = found.field.kind === "list" && !takesWord ? found.field : null;
    }
  }
  if (help) return { texts, word: null, rest: [], help };
  if (command.rest !== null) return { texts, word: alone[0] ?? null, rest: alone.slice(1), help };
  return { texts, word: onlyWord(command, alone), rest: [], help };
}

/** Own fields win over the global ones of the same name. */
export function fieldsOf(command: Command): readonly InputField[] {
  const own = command.fields.filter((field) => field.name !== command.standardInput);
  const names = own.map((field) => field.text);
  return [...own, ...GLOBAL_FIELDS.filter((field) => !names.includes(field.text))];
}

type FoundFlag = { readonly field: InputField; readonly text: string; readonly tookNext: boolean };

function readFlag(
  fields: readonly InputField[],
  word: string,
  next: string | undefined,
): FoundFlag {
  const equals = word.indexOf("=");
  const name = (equals === -1 ? word : word.slice(0, equals)).replace(/^--?/, "");
  const field = fields.find((known) => known.text === name);
  if (field === undefined || !word.startsWith("--")) throw unknownFlag(fields, name);
  const attached = equals === -1 ? undefined : word.slice(equals + 1);
  if (field.kind === "boolean") {
    return { field, text: checkValue(field, attached ?? "true"), tookNext: false };
  }
  const value = attached ?? next;
  if (value === undefined || (attached === undefined && value.startsWith("--"))) {
    throw new PurserError("CLI_FLAG_INVALID", {
      what: "it needs a value",
      where: `--${field.text}`,
    });
  }
  return { field, text: checkValue(field, value), tookNext: attached === undefined };
}

function addText(
  texts: Record<string, string[]>,
  { field, text }: Pick<FoundFlag, "field" | "text">,
): void {
  const present = texts[field.name];
  if (present === undefined) texts[field.name] = [text];
  else if (field.kind === "list") present.push(text);
  else {
    const where = `--${field.text}`;
    throw new PurserError("CLI_FLAG_INVALID", { what: "it is given twice", where });
  }
}

function checkValue(field: InputField, text: string): string {
  const where = `--${field.text}`;
  const what = `"${text.slice(0, 60)}" is not ${wanted(field)}`;
  if (field.kind === "number" && !/^-?\d+(\.\d+)?$/.test(text)) {
    throw new PurserError("CLI_FLAG_INVALID", { what, where });
  }
  if (field.kind === "boolean" && text !== "true" && text !== "false") {
    throw new PurserError("CLI_FLAG_INVALID", { what, where });
  }
  if (field.values === null) return text;
  const values = field.values;
  const wrong = (field.kind === "list" ? text.split(",") : [text]).find(
    (part) => !values.includes(part.trim()),
  );
  if (wrong === undefined) return text;
  const near = closestWord(wrong, values);
  const hint = near === null ? "" : ` Did you mean ${near}?`;
  throw new PurserError("CLI_FLAG_INVALID", {
    what: `"${wrong.slice(0, 60)}" is none of its values`,
    where,
    mend: `Known: ${values.join(", ")}.${hint}`,
  });
}

function wanted(field: InputField): string {
  return field.kind === "number" ? "a number" : "true or false";
}

function unknownFlag(fields: readonly InputField[], name: string): PurserError {
  const near = closestWord(name, [...fields.map((field) => field.text), "help"]);
  return new PurserError("CLI_FLAG_UNKNOWN", {
    what: `there is no flag "--${name.slice(0, 60)}" here`,
    ...(near === null ? {} : { mend: `Did you mean --${near}?` }),
  });
}

function onlyWord(command: Command, alone: readonly string[]): string | null {
  const takes = command.positional === null && command.standardInput === null ? 0 : 1;
  const extra = alone[takes];
  if (extra === undefined) return alone[0] ?? null;
  throw new PurserError("CLI_ARGUMENT_UNEXPECTED", {
    what: `"${extra.slice(0, 60)}" is one word too many`,
    where: `purser ${command.path.join(" ")}`,
  });
}

function globalField(name: string, kind: InputField["kind"], description: string): InputField {
  return {
    name,
    text: name,
    kind,
    commas: true,
    values: null,
    required: false,
    standard: undefined,
    description,
  };
}
