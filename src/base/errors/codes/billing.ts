import type { ErrorDefinition } from "../code-definition.ts";

export const BILLING_ERRORS = {} as const satisfies Record<string, ErrorDefinition>;
