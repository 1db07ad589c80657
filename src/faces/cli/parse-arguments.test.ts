import { describe, expect, it } from "vitest";
import {
  describeInput,
  models,
  type Operation,
  readTexts,
  spendReport,
} from "../../operations/index.ts";
import { operationCommand } from "./operation-command.ts";
import { parseArguments } from "./parse-arguments.ts";

function read(operation: Operation, words: readonly string[]) {
  const command = operationCommand(operation, () => Promise.resolve(0));
  const { texts, word } = parseArguments(command, words);
  return { input: readTexts(describeInput(operation.input), texts), word };
}

describe("parseArguments", () => {
  it("parseArguments reads a list by commas, by repetition and by the words after it", () => {
    const inputs = [
      ["--by", "model,user", "--where", "team=a,b", "user!=x", "--top=5"],
      ["--by=model", "--by", "user", "--where", "team=a,b", "--where=user!=x", "--top", "5"],
      ["--top", "5", "--by", "model", "user", "--where", "team=a,b", "user!=x"],
    ].map((words) => read(spendReport, words).input);
    for (const input of inputs) {
      expect(input).toEqual({ by: ["model", "user"], where: ["team=a,b", "user!=x"], top: 5 });
    }
  });

  it("parseArguments keeps a word that stands alone, and what follows a double dash", () => {
    expect(read(models, ["--all", "claude-opus-5-5"])).toEqual({
      input: { all: true },
      word: "claude-opus-5-5",
    });
    expect(read(models, ["--", "--all"])).toEqual({ input: {}, word: "--all" });
  });

  it.each([
    [["--top", "5", "--top", "6"], "CLI_FLAG_INVALID"],
    [["--top", "--by"], "CLI_FLAG_INVALID"],
    [["--tpo", "5"], "CLI_FLAG_UNKNOWN"],
    [["-top", "5"], "CLI_FLAG_UNKNOWN"],
    [["--json=maybe"], "CLI_FLAG_INVALID"],
    [["--since", "7d", "extra"], "CLI_ARGUMENT_UNEXPECTED"],
  ])("parseArguments refuses %j with %s", (words, code) => {
    expect(() => read(spendReport, words)).toThrow(code);
  });
});
