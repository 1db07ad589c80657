import { ERROR_CATALOGUE, type ErrorDefinition } from "../../src/base/index.ts";
import { code, GENERATED, table } from "./markdown.ts";

export function errorsPage(): string {
  const rows = Object.entries<ErrorDefinition>(ERROR_CATALOGUE).map(([name, definition]) => [
    code(name),
    String(definition.status),
    definition.meaning,
    definition.mend,
  ]);
  return `${[
    "# Errors",
    GENERATED,
    "Every failure that Purser reports on purpose has a code. Codes are stable; texts are not. The control " +
      'plane answers `{"error": {code, what, where, mend, data}}` with the status below, the command line ' +
      "prints the same, and the gateway wraps it in the API's own error shape, so that every client reads it.",
    table(["Code", "Status", "Means", "Mend"], rows),
  ].join("\n\n")}\n`;
}
