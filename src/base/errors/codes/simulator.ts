import type { ErrorDefinition } from "../code-definition.ts";

export const SIMULATOR_ERRORS = {} as const satisfies Record<string, ErrorDefinition>;
