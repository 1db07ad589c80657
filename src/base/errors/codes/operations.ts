import type { ErrorDefinition } from "../code-definition.ts";

export const OPERATIONS_ERRORS = {} as const satisfies Record<string, ErrorDefinition>;
