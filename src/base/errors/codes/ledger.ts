import type { ErrorDefinition } from "../code-definition.ts";

export const LEDGER_ERRORS = {} as const satisfies Record<string, ErrorDefinition>;
