/** The policies that traffic can be replayed under, by the names that a user gives them. */
import {
  asSentPolicy,
  automaticPolicy,
  bifrostPolicy,
  fixedOneHourPolicy,
  fixedPolicy,
  litellmPolicy,
  llmGatewayPolicy,
  nonePolicy,
  type PolicyFactory,
  purserKeepAlivePolicy,
  purserPolicy,
} from "../../domain/prompt-cache/index.ts";

export const POLICY_NAMES = [
  "none",
  "as-sent",
  "automatic",
  "fixed",
  "fixed-1h",
  "litellm",
  "bifrost",
  "llmgateway",
  "purser",
  "purser+keep-alive",
  "bound",
] as const;
export type PolicyName = (typeof POLICY_NAMES)[number];

/** All but `bound`, which is no policy but the floor under all of them. */
export const POLICIES: Readonly<Record<Exclude<PolicyName, "bound">, PolicyFactory>> = {
  none: nonePolicy,
  "as-sent": asSentPolicy,
  automatic: automaticPolicy,
  fixed: fixedPolicy,
  "fixed-1h": fixedOneHourPolicy,
  litellm: litellmPolicy,
  bifrost: bifrostPolicy,
  llmgateway: llmGatewayPolicy,
  purser: purserPolicy,
  "purser+keep-alive": purserKeepAlivePolicy,
};

/** In the order of the list above, each once. */
export function namedPolicies(names: readonly (PolicyName | "all")[]): readonly PolicyName[] {
  if (names.includes("all")) return POLICY_NAMES;
  return POLICY_NAMES.filter((name) => names.includes(name));
}
