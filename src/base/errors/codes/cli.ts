import type { ErrorDefinition } from "../code-definition.ts";

export const CLI_ERRORS = {} as const satisfies Record<string, ErrorDefinition>;
