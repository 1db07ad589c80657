#!/usr/bin/env node
// The `purser` command of a clone: runs the TypeScript sources with the pinned Node. Plain
// JavaScript that any Node from 18 on can run, because it may be started by an old one.
import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";

const pinned = fileURLToPath(new URL("../node_modules/.bin/node", import.meta.url));
const entry = fileURLToPath(new URL("../src/main/purser.ts", import.meta.url));
const node = existsSync(pinned) ? pinned : process.execPath;
const child = spawn(node, [entry, ...process.argv.slice(2)], { stdio: "inherit" });
for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"]) process.on(signal, () => child.kill(signal));
child.on("error", (error) => {
  process.stderr.write(`purser: cannot start ${node}: ${error.message}\n`);
  process.exitCode = 1;
});
child.on("exit", (code, signal) => {
  process.exitCode = code ?? (signal === null ? 1 : 128);
});
