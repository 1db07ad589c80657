import { z } from "zod";
import { PurserError } from "../base/index.ts";
import type { LoadedConfig } from "../config/index.ts";
import type { DataDirectoryState, OperationContext, UpstreamState } from "./context.ts";
import { defineOperation } from "./operation.ts";

const check = z.object({
  name: z.string(),
  status: z.enum(["ok", "warning", "failed"]),
  message: z.string(),
  mend: z.string().nullable(),
});
type Check = z.output<typeof check>;

/** Below this much free space a busy gateway is hours from refusing calls. */
const FREE_BYTES_WARNING = 1024 ** 3;
const FREE_BYTES_FAILED = 64 * 1024 ** 2;
/** Prices are dated by day; a clock this far off dates calls wrongly near midnight. */
const CLOCK_OFF_MS_WARNING = 30_000;

export const doctor = defineOperation({
  name: "doctor",
  path: ["doctor"],
  title: "Is everything in order",
  summary:
    "Looks at the runtime, the configuration, the data directory, the ledger and the upstream.",
  effects: "reads",
  input: z.strictObject({
    offline: z.boolean().default(false).describe("Do not ask the upstream."),
  }),
  output: z.object({ healthy: z.boolean(), version: z.string(), checks: z.array(check) }),
  examples: [
    { says: "check everything; ends with 1 when something is wrong", input: {} },
    { says: "without touching the network", input: { offline: true } },
  ],
  isFinding: (output) => !output.healthy,
  async run(input, context) {
    const config = readConfig(context);
    const checks = [
      runtimeCheck(context),
      config.check,
      ...(config.loaded === null
        ? []
        : await configuredChecks(config.loaded, context, input.offline)),
    ];
    return {
      healthy: checks.every((found) => found.status !== "failed"),
      version: context.probes.purserVersion,
      checks,
    };
  },
});

async function configuredChecks(
  config: LoadedConfig,
  context: OperationContext,
  offline: boolean,
): Promise<readonly Check[]> {
  const directory = await context.probes.dataDirectory(config.data.directory);
  const upstream = offline
    ? null
    : await context.probes.upstream(config.upstream.url, config.upstream.proxy);
  return [
    directoryCheck(config.data.directory, directory),
    spaceCheck(directory),
    await ledgerCheck(directory, context),
    await portCheck(config, "gateway", directory, context),
    await portCheck(config, "control", directory, context),
    ...(upstream === null
      ? []
      : [upstreamCheck(config.upstream.url, upstream), clockCheck(upstream)]),
  ];
}

function runtimeCheck({ probes }: OperationContext): Check {
  return ok("node", `Node.js ${probes.nodeVersion}`);
}

function readConfig(context: OperationContext): {
  readonly loaded: LoadedConfig | null;
  readonly check: Check;
} {
  try {
    const loaded = context.config();
    const { warnings: prices } = context.catalogue();
    const file = loaded.file ?? "no file, defaults";
    const [warning] = loaded.warnings;
    if (warning !== undefined) {
      const mend = "Correct or unset the variable.";
      return { loaded, check: { name: "config", status: "warning", message: warning, mend } };
    }
    if (prices.length > 0) return { loaded, check: pricesCheck(prices) };
    return { loaded, check: ok("config", `${file} (version ${loaded.version})`) };
  } catch (error) {
    return { loaded: null, check: failedBy("config", error) };
  }
}

/** Said before the first such call is settled without a price. */
function pricesCheck(warnings: readonly string[]): Check {
  const more = warnings.length > 1 ? ` (and ${warnings.length - 1} more)` : "";
  const mend = "Choose a percentage off that leaves whole prices, or write these prices out.";
  return { name: "config", status: "warning", message: `${warnings[0]}${more}`, mend };
}

function directoryCheck(path: string, state: DataDirectoryState): Check {
  const name = "data directory";
  if (!state.writable) {
    const mend = "Give this user permission to write there, or choose another with --data.";
    return { name, status: "failed", message: `${path} is not writable`, mend };
  }
  if (!state.exists) return ok(name, `${path} does not exist yet; \`purser up\` makes it`);
  if (!state.private) {
    const mend = `Run: chmod 700 ${path}`;
    return { name, status: "warning", message: `${path} can be read by other users`, mend };
  }
  return ok(name, state.holder === null ? path : `${path}, held by ${state.holder}`);
}

function spaceCheck({ freeBytes }: DataDirectoryState): Check {
  const name = "disk space";
  if (freeBytes === null) {
    return { name, status: "warning", message: "free space cannot be told", mend: null };
  }
  const message = `${(freeBytes / 1024 ** 3).toFixed(1)} GiB free`;
  const mend = "Free some space: a gateway without any refuses calls.";
  if (freeBytes < FREE_BYTES_FAILED) return { name, status: "failed", message, mend };
  if (freeBytes < FREE_BYTES_WARNING) return { name, status: "warning", message, mend };
  return ok(name, message);
}

async function ledgerCheck(state: DataDirectoryState, context: OperationContext): Promise<Check> {
  if (!state.exists) return ok("ledger", "none yet");
  try {
    const span = await (await context.ledger()).span();
    if (span === null) return ok("ledger", "empty");
    return ok("ledger", "readable; `purser ledger verify` checks every file");
  } catch (error) {
    if (error instanceof PurserError && error.code === "LEDGER_NOT_FOUND") {
      return ok("ledger", "none yet");
    }
    return failedBy("ledger", error);
  }
}

async function portCheck(
  config: LoadedConfig,
  part: "gateway" | "control",
  directory: DataDirectoryState,
  context: OperationContext,
): Promise<Check> {
  const { host, port } = config[part];
  const name = `${part} port`;
  if (port === 0) return ok(name, "a free one is picked at start");
  if ((await context.probes.port(host, port)) === "free")
    return ok(name, `${host}:${port} is free`);
  if (directory.holder !== null) return ok(name, `${host}:${port} is in use; Purser is running`);
  const flag = part === "gateway" ? "--port" : "--control-port";
  const mend = `Stop the program that has it, or choose another with ${flag}.`;
  return { name, status: "warning", message: `${host}:${port} is in use`, mend };
}

function upstreamCheck(url: string, state: UpstreamState): Check {
  const name = "upstream";
  if (state.kind === "unreachable") {
    const mend = "Check the network, upstream.url and upstream.proxy.";
    return { name, status: "failed", message: `${url} does not answer: ${state.reason}`, mend };
  }
  const message = `${url} answers (status ${state.status} without a key, ${state.tookMs} ms)`;
  if (state.status < 500) return ok(name, message);
  return { name, status: "warning", message, mend: "The upstream has trouble; try again later." };
}

function clockCheck(state: UpstreamState): Check {
  const ahead = state.kind === "answers" ? state.clockAheadMs : null;
  if (ahead === null) {
    return { name: "clock", status: "warning", message: "nothing to compare it with", mend: null };
  }
  const seconds = (ahead / 1_000).toFixed(0);
  if (Math.abs(ahead) < CLOCK_OFF_MS_WARNING) return ok("clock", "agrees with the upstream's");
  const message = `${seconds} s ahead of the upstream's`;
  return { name: "clock", status: "warning", message, mend: "Set the clock, for example by NTP." };
}

function ok(name: string, message: string): Check {
  return { name, status: "ok", message, mend: null };
}

function failedBy(name: string, error: unknown): Check {
  if (!(error instanceof PurserError)) throw error;
  const where = error.where === null ? "" : `${error.where}: `;
  return {
    name,
    status: "failed",
    message: `${where}${error.what} [${error.code}]`,
    mend: error.mend,
  };
}
