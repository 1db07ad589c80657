import type { ErrorDefinition } from "../code-definition.ts";

export const GATEWAY_ERRORS = {} as const satisfies Record<string, ErrorDefinition>;
