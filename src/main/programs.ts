/** The commands that start something. Their code is loaded when they run. */
import { z } from "zod";
import type { Program } from "../faces/cli/index.ts";

/** As the simulator has them; a test compares. Written here so that help loads no simulator. */
export const SCENARIO_NAMES = ["steady", "agent", "paced", "flaky", "minimal"] as const;

const flag = (says: string) => z.string().optional().describe(says);

/** Values stay texts: the configuration checks them, and names the flag when one is wrong. */
const up: Program = {
  name: "up",
  summary: "Starts the gateway in front of the Claude API, and the control plane beside it.",
  input: z.strictObject({
    upstream: flag("Where calls are forwarded to. Default: https://api.anthropic.com."),
    port: flag("Port of the gateway; 0 picks a free one. Default: 4141."),
    controlPort: flag("Port of the control plane; 0 picks a free one. Default: 4142."),
    host: flag("Address that the gateway listens on. Default: 127.0.0.1."),
    controlHost: flag("Address that the control plane listens on. Default: 127.0.0.1."),
    onClientGone: flag("When a client leaves: cancel or drain. Default: cancel."),
  }),
  examples: [
    { says: "in front of the Claude API, on ports 4141 and 4142", shell: "purser up" },
    {
      says: "for a script: free ports, and one line of JSON when ready",
      shell: "purser up --json --port 0 --control-port 0",
    },
    {
      says: "in front of a simulated API, with a ledger of its own",
      shell: "purser up --upstream http://127.0.0.1:4140 --data ./purser-data",
    },
  ],
  run: async (call) => (await import("./up.ts")).runUp(call),
};

const simulate: Program = {
  name: "simulate",
  summary: "Starts a simulated Claude API: no key, no network, no cost.",
  input: z.strictObject({
    port: z.int().min(0).max(65_535).default(4140).describe("Its port; 0 picks a free one."),
    seed: z.int().min(0).max(4_294_967_295).default(1).describe("The same seed, the same replies."),
    scenario: z.enum(SCENARIO_NAMES).default("steady").describe("How the simulated model behaves."),
    virtualTime: z.boolean().default(false).describe("Let time stand still until POST /clock."),
  }),
  examples: [
    { says: "on port 4140, answering every call at once", shell: "purser simulate" },
    {
      says: "one call in ten fails, always the same ones",
      shell: "purser simulate --scenario flaky --seed 7",
    },
  ],
  run: async (call) => (await import("./simulate.ts")).runSimulate(call),
};

const port = (says: string) => z.int().min(0).max(65_535).default(0).describe(says);

const demo: Program = {
  name: "demo",
  summary: "Plays a day of traffic against a simulated API and shows its bill: no key, no network.",
  input: z.strictObject({
    once: z.boolean().default(false).describe("End after the bill, rather than stay open."),
    seed: z.int().min(0).max(4_294_967_295).default(1).describe("The same seed, the same bill."),
    port: port("Port of the gateway. Default: a free one."),
    controlPort: port("Port of the control plane. Default: a free one."),
  }),
  examples: [
    { says: "a day of traffic, its bill, and a gateway to play with", shell: "purser demo" },
    { says: "the bill alone, of another day", shell: "purser demo --once --seed 7" },
  ],
  run: async (call) => (await import("./demo.ts")).runDemo(call),
};

export const PROGRAMS: readonly Program[] = [up, simulate, demo];
