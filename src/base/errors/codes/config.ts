import type { ErrorDefinition } from "../code-definition.ts";

export const CONFIG_ERRORS = {} as const satisfies Record<string, ErrorDefinition>;
