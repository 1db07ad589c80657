/** The gateway as a process of its own, started as a user starts it and killed as nobody should. */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";

/** The command's sources, as `node FILE` runs them. */
export const PURSER_SOURCE = fileURLToPath(new URL("../../src/main/purser.ts", import.meta.url));
const START_TIMEOUT_MS = 20_000;
const STDERR_CHARACTERS_MAX = 4_000;

export type ReadyLine = {
  readonly gateway: string;
  readonly control: string;
  readonly token: string;
};

export type GatewayProcess = {
  readonly ready: ReadyLine;
  readonly pid: number;
  /** SIGKILL: no handler runs. Resolves once the process is gone. */
  readonly kill: () => Promise<void>;
  /** SIGTERM; resolves with the exit code once it has shut down by itself. */
  readonly stop: () => Promise<number | null>;
};

export type GatewayOptions = {
  readonly upstream: string;
  readonly data: string;
  /** A `purser.yaml`. */
  readonly config?: string;
  /** Where V8 keeps compiled code between starts; none by default. */
  readonly compileCache?: string;
  /** An entry that takes the same arguments in place of Purser's own sources. */
  readonly entry?: string;
};

/** Resolves when the gateway listens. Rejects with its stderr when it ends or is silent instead. */
export async function startGatewayProcess(options: GatewayOptions): Promise<GatewayProcess> {
  const child = spawn(process.execPath, [options.entry ?? PURSER_SOURCE, ...upArguments(options)], {
    env: environmentOf(options),
    stdio: ["ignore", "pipe", "pipe"],
  });
  const exited = once(child, "exit");
  const ready = await readReadyLine(child);
  return {
    ready,
    pid: child.pid ?? 0,
    kill: async () => {
      child.kill("SIGKILL");
      await exited;
    },
    stop: async () => {
      child.kill("SIGTERM");
      const [code] = await exited;
      return typeof code === "number" ? code : null;
    },
  };
}

function upArguments(options: GatewayOptions): string[] {
  const { upstream, data, config } = options;
  const file = config === undefined ? [] : ["--config", config];
  const ports = ["--port", "0", "--control-port", "0"];
  return ["up", "--json", ...ports, "--data", data, "--upstream", upstream, ...file];
}

/** Nothing of the caller's environment but the path: a variable of ours must not decide a proof. */
function environmentOf(options: GatewayOptions): NodeJS.ProcessEnv {
  const cache = options.compileCache;
  const base = { PATH: process.env.PATH, HOME: options.data };
  return cache === undefined ? base : { ...base, NODE_COMPILE_CACHE: cache };
}

function readReadyLine(child: ChildProcess): Promise<ReadyLine> {
  let stderr = "";
  child.stderr?.setEncoding("utf8").on("data", (chunk: string) => {
    stderr = (stderr + chunk).slice(-STDERR_CHARACTERS_MAX);
  });
  const { stdout } = child;
  if (stdout === null) throw new Error("the gateway's stdout is not a pipe");
  return new Promise((resolve, reject) => {
    const fail = (why: string): void => {
      clearTimeout(timer);
      child.kill("SIGKILL");
      reject(new Error(`the gateway ${why}. Its stderr:\n${stderr}`));
    };
    const timer = setTimeout(() => fail("did not become ready in time"), START_TIMEOUT_MS);
    const onExit = (code: number | null): void => fail(`ended early with code ${code}`);
    child.once("exit", onExit);
    createInterface({ input: stdout }).once("line", (line) => {
      clearTimeout(timer);
      child.off("exit", onExit);
      resolve(parseReadyLine(line));
    });
  });
}

/** Throws when the line is not the JSON that `purser up --json` promises. */
export function parseReadyLine(line: string): ReadyLine {
  const ready: unknown = JSON.parse(line);
  if (typeof ready === "object" && ready !== null) {
    const { gateway, control, token } = ready as Partial<Record<string, unknown>>;
    if (typeof gateway === "string" && typeof control === "string" && typeof token === "string") {
      return { gateway, control, token };
    }
  }
  throw new Error(`not a ready line: ${line.slice(0, 200)}`);
}
