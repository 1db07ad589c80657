/** `purser simulate`: a Claude API on this machine, until a signal ends it. */
import { type CommandCall, EXIT } from "../faces/cli/index.ts";
import { startSimulator } from "../simulator/index.ts";
import { firstStopSignal } from "./stop-signals.ts";

export async function runSimulate({ input, json, io }: CommandCall): Promise<number> {
  const stopped = firstStopSignal(() => {});
  const simulator = await startSimulator({
    port: Number(input.port),
    seed: Number(input.seed),
    scenario: String(input.scenario),
    clock: input.virtualTime === true ? "virtual" : "real",
  });
  const { url, seed, scenario } = simulator;
  if (json) io.writeOut(`${JSON.stringify({ url, seed, scenario: scenario.name })}\n`);
  else io.writeError(welcome(url, scenario.description));
  await stopped;
  await simulator.close();
  return EXIT.ok;
}

function welcome(url: string, description: string): string {
  return [
    `A simulated Claude API is up: ${url}`,
    `  ${description}`,
    "",
    "Use it directly, or put Purser before it:",
    `  export ANTHROPIC_BASE_URL=${url} ANTHROPIC_API_KEY=any`,
    `  purser up --upstream ${url}`,
    "",
  ].join("\n");
}
