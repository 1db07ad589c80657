/** Starts a gateway of the proof's own wiring, told by the same arguments as `purser up`. */
import { parseArgs } from "node:util";
import { type WiredGateway, type WiringOptions, wireGateway } from "../wire-gateway.ts";

export type RunningEntry = WiredGateway & { readonly data: string };

/** Announces itself as `purser up --json` does, and ends in order at SIGTERM. */
export async function runGatewayEntry(
  wiring: Pick<WiringOptions, "aroundLedger">,
): Promise<RunningEntry> {
  const { data, upstream } = readFlags();
  const wired = await wireGateway({ data, upstream, ...wiring });
  const { url } = wired.gateway;
  process.once("SIGTERM", () => void wired.close().then(() => process.exit(0)));
  process.stdout.write(`${JSON.stringify({ gateway: url, control: url, token: "none" })}\n`);
  return { ...wired, data };
}

export function readFlags(): { readonly data: string; readonly upstream: string } {
  const { values } = parseArgs({
    args: process.argv.slice(2),
    allowPositionals: true,
    options: {
      json: { type: "boolean" },
      port: { type: "string" },
      "control-port": { type: "string" },
      data: { type: "string" },
      upstream: { type: "string" },
    },
  });
  const { data, upstream } = values;
  if (data === undefined || upstream === undefined)
    throw new Error("--data and --upstream, please");
  return { data, upstream };
}
