/** How the demo's simulated model answers and fails: an agent asks for tools, a label is short. */
import { randomChoice, randomInteger, seededRandom } from "../../base/index.ts";
import type { FaultRule, ScriptEntry } from "../../simulator/index.ts";
import { LEAVES_HEADER } from "./caller.ts";

const EVENTS_BEFORE_PAUSE = 7;
const TOOL_NAMES = ["read_file", "search_code", "edit_file", "run_tests"] as const;
const FILES = ["stock/count.ts", "orders/ship.ts", "orders/price.ts", "api/route.ts"] as const;

/** About one attempt in thirty fails; the SDK tries most of them again by itself. */
export const DEMO_FAULTS: readonly FaultRule[] = [
  { fault: { kind: "rate-limited", retryAfterSeconds: 1 }, probability: 0.01 },
  { fault: { kind: "rate-limited", retryAfterSeconds: null }, probability: 0.004 },
  { fault: { kind: "overloaded" }, probability: 0.008 },
  { fault: { kind: "server-error" }, probability: 0.004 },
  { fault: { kind: "cut", after: 0.6 }, match: { stream: true }, probability: 0.008 },
  { fault: { kind: "error-event", after: 0.4 }, match: { stream: true }, probability: 0.005 },
];

export function demoScript(seed: number): readonly ScriptEntry[] {
  const random = seededRandom(seed);
  const forever = new Promise<never>(() => {});
  return [
    {
      // The answer waits here until its reader has gone, so that what was sent by then is certain.
      match: { header: { name: LEAVES_HEADER } },
      reply: {
        text: { tokens: 320 },
        pause: { afterEvents: EVENTS_BEFORE_PAUSE, until: forever },
      },
    },
    {
      match: { systemText: "You change the code" },
      reply: () => ({
        text: { tokens: randomInteger(random, 20, 160) },
        toolCalls: [
          {
            name: randomChoice(random, TOOL_NAMES),
            input: {
              path: randomChoice(random, FILES),
              text: "x".repeat(randomInteger(random, 5, 400)),
            },
          },
        ],
      }),
    },
    {
      match: { systemText: "Answer with one label" },
      reply: () => ({ text: { tokens: randomInteger(random, 2, 5) } }),
    },
    {
      match: { systemText: "Write the night's report" },
      reply: () => ({ text: { tokens: randomInteger(random, 1_100, 2_400) } }),
    },
  ];
}
