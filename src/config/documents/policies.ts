/** A file of policies for `purser whatif`: `purser.yaml` itself, or one that holds `policies` alone. */
import { authoredConfigSchema } from "../authored.ts";
import { checkPolicies } from "../check.ts";
import type { ConfiguredPolicy } from "../loaded.ts";
import { type AuthoredDocument, readDocument } from "./read-document.ts";

/**
 * Its policies, in order; the rest of the file is checked and not used. Errors:
 * `WHATIF_POLICY_UNREADABLE`, `WHATIF_POLICY_INVALID`.
 */
export function readPolicies(
  fileName: string,
  text: string,
): AuthoredDocument<readonly ConfiguredPolicy[]> {
  const { value, placeOf } = readDocument({
    name: fileName,
    text,
    schema: authoredConfigSchema,
    check: checkPolicies,
    codes: { unreadable: "WHATIF_POLICY_UNREADABLE", invalid: "WHATIF_POLICY_INVALID" },
  });
  return { value: value.policies ?? [], placeOf };
}
