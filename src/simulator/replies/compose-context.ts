/** What a reply is composed from. */
import type { JsonObject, Random } from "../../base/index.ts";
import type { SimulatedModel } from "../models/index.ts";
import type { ReplySpec } from "./reply-spec.ts";
import type { Scenario } from "./scenario.ts";

export type ComposeContext = {
  readonly body: JsonObject;
  readonly model: SimulatedModel;
  readonly scenario: Scenario;
  readonly spec: ReplySpec | null;
  /** Seeded by the simulator's seed and this request. */
  readonly random: Random;
  readonly outputTokensMax: number;
  /** Set when the context window, not `max_tokens`, is what bounds the output. */
  readonly boundByContext: boolean;
};
