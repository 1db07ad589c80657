/** `purser up`: the gateway and the control plane, until a signal ends them. */
import { loadConfig } from "../config/index.ts";
import { type CommandCall, EXIT } from "../faces/cli/index.ts";
import { createLog, type Log } from "./log.ts";
import { configSources } from "./operation-context.ts";
import type { ReloadTrigger } from "./reloader.ts";
import { type RunningPurser, startPurser } from "./start-purser.ts";
import { firstStopSignal } from "./stop-signals.ts";
import { watchFile } from "./watch-file.ts";

export async function runUp({ input, place, json, io }: CommandCall): Promise<number> {
  const flags = { ...configFlags(input), ...place };
  const config = loadConfig(configSources(flags));
  // A file that was read must be there again: none at all would take every policy away.
  const load = () => loadConfig(configSources({ ...flags, config: config.file ?? flags.config }));
  const log = createLog({ json: json || !io.error.isTerminal, write: io.writeError });
  const started = Promise.withResolvers<RunningPurser>();
  const reload = (trigger: ReloadTrigger): void =>
    void started.promise.then((running) => running.reload(trigger));
  const stopped = firstStopSignal(
    () => say(log, "stop-forced", "stopped at once"),
    () => reload("signal"),
  );
  const unwatch = config.file === null ? () => {} : watchFile(config.file, () => reload("file"));
  for (const message of config.warnings) {
    log({ level: "warn", event: "config-warning", message, data: {} });
  }
  const running = await startPurser(config, log, { load });
  started.resolve(running);
  if (json) io.writeOut(`${JSON.stringify(readyLine(running))}\n`);
  else io.writeError(welcome(running, config.upstream.url, config.control.token === null));
  say(log, "purser-started", `gateway on ${running.gateway}, control plane on ${running.control}`);
  await stopped;
  unwatch();
  say(log, "purser-stopping", "finishing calls in flight; a second signal stops at once");
  await running.close();
  say(log, "purser-stopped", "every call is settled");
  return EXIT.ok;
}

function readyLine({ gateway, control, token }: RunningPurser) {
  return { gateway, control, token };
}

/** `controlPort` to `control-port`, as the configuration names its flags. */
function configFlags(input: Readonly<Record<string, unknown>>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(input)
      .filter((entry): entry is [string, string] => typeof entry[1] === "string")
      .map(([name, value]) => [
        name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`),
        value,
      ]),
  );
}

function welcome(running: RunningPurser, upstream: string, tokenIsNew: boolean): string {
  const token = tokenIsNew ? running.token : "the one that you configured";
  return [
    "Purser is up.",
    `  gateway        ${running.gateway}  ->  ${upstream}`,
    `  control plane  ${running.control}`,
    `  token          ${token}`,
    `  ledger         ${running.dataDirectory}`,
    "",
    "Point a client at it by one variable:",
    `  export ANTHROPIC_BASE_URL=${running.gateway}`,
    "",
    "Then ask where the money goes:",
    `  purser report --by model --data ${running.dataDirectory}`,
    "",
    "",
  ].join("\n");
}

function say(log: Log, event: string, message: string): void {
  log({ level: "info", event, message, data: {} });
}
