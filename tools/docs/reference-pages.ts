/** The generated pages, as texts by path. */
import { openApiDocument } from "../../src/faces/http/index.ts";
import { purserVersion } from "../../src/main/system-values.ts";
import { cliPage } from "./cli-page.ts";
import { configurationPage } from "./configuration-page.ts";
import { errorsPage } from "./errors-page.ts";
import { operationsPage } from "./operations-page.ts";

export type Page = { readonly path: string; readonly text: string };

export function referencePages(): readonly Page[] {
  return [
    { path: "docs/reference/cli.md", text: cliPage() },
    { path: "docs/reference/operations.md", text: operationsPage() },
    { path: "docs/reference/errors.md", text: errorsPage() },
    { path: "docs/reference/configuration.md", text: configurationPage() },
    {
      path: "docs/reference/openapi.json",
      text: `${JSON.stringify(openApiDocument(purserVersion()), null, 2)}\n`,
    },
  ];
}
