// `npm start`: installs what is missing, then runs the demo with the pinned Node. There is no build
// step: Node runs the TypeScript sources directly. Plain JavaScript that Node 20 can run, because
// nothing but npm's own Node may be there yet. All talk goes to stderr; stdout is the demo's.
import { spawn, spawnSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("..", import.meta.url));
const pinnedNode = `${root}node_modules/.bin/node`;
/** The first Node that runs TypeScript without a flag. */
const NODE_MINIMUM = [22, 18];
const INTERRUPTED_EXIT_CODE = 130;

const say = (text) => process.stderr.write(`${text}\n`);

/** What the lock file asks for and node_modules does not hold; `null` when all is in place. */
function reasonToInstall() {
  const installed = readPackages("node_modules/.package-lock.json");
  if (installed === null) return "node_modules is missing";
  for (const [path, entry] of Object.entries(readPackages("package-lock.json") ?? {})) {
    if (path === "" || entry.optional || entry.link || !path.startsWith("node_modules/")) continue;
    if (installed[path]?.version !== entry.version) return `${path} is not at ${entry.version}`;
  }
  return null;
}

function readPackages(file) {
  try {
    return JSON.parse(readFileSync(root + file, "utf8")).packages ?? {};
  } catch {
    return null;
  }
}

/** Runs `npm ci` with the very Node that runs npm: the pinned one is about to be replaced. */
function install(reason) {
  say(`Installing the dependencies, because ${reason} (about half a minute) …`);
  const flags = ["ci", "--no-audit", "--no-fund", "--loglevel=error"];
  const npmScript = process.env.npm_execpath;
  const node = process.env.npm_node_execpath ?? process.execPath;
  const [command, ...args] = npmScript ? [node, npmScript, ...flags] : ["npm", ...flags];
  const result = spawnSync(command, args, { cwd: root, stdio: ["ignore", 2, 2] });
  if (result.signal) process.exit(INTERRUPTED_EXIT_CODE);
  if (result.status === 0) return;
  say(
    `npm ci failed${result.error ? ` (${result.error.message})` : ""}: its message stands above.`,
  );
  process.exit(result.status || 1);
}

/** The pinned Node; where this platform has none, the running one if it is new enough. */
function chooseNode() {
  if (existsSync(pinnedNode)) return pinnedNode;
  const [major = 0, minor = 0] = process.versions.node.split(".").map(Number);
  const newEnough =
    major > NODE_MINIMUM[0] || (major === NODE_MINIMUM[0] && minor >= NODE_MINIMUM[1]);
  if (newEnough) return process.execPath;
  say(
    `Purser's sources need Node ${NODE_MINIMUM.join(".")} or later. This is Node ${process.versions.node}, and npm has no ` +
      `pinned Node for ${process.platform}-${process.arch}.\nInstall Node 24 (https://nodejs.org), then run npm start again.`,
  );
  process.exit(1);
}

const reason = reasonToInstall();
if (reason !== null) install(reason);
const entry = `${root}src/main/purser.ts`;
const child = spawn(chooseNode(), [entry, "demo", ...process.argv.slice(2)], { stdio: "inherit" });

// A terminal sends Ctrl-C to the whole group, so the child has it already; a `kill` reaches only us.
process.on("SIGINT", () => process.stdin.isTTY || child.kill("SIGINT"));
for (const signal of ["SIGTERM", "SIGHUP"]) process.on(signal, () => child.kill(signal));
child.on("error", (error) => {
  say(`npm start: cannot run ${child.spawnfile}: ${error.message}`);
  process.exitCode = 1;
});
child.on("exit", (code, signal) => {
  process.exitCode = code ?? (signal === null ? 1 : INTERRUPTED_EXIT_CODE);
});
