#!/usr/bin/env node
/**
 * The `purser` command. Checks the runtime before anything else is loaded, because an old one would
 * fail with words that help nobody.
 */
import * as nodeModule from "node:module";

const [major = 0, minor = 0] = process.versions.node.split(".").map(Number);

if (major < 22 || (major === 22 && minor < 13)) {
  process.stderr.write(
    `error: Purser needs Node.js 22.13 or later, and this is ${process.versions.node} [CLI_NODE_TOO_OLD]\n` +
      "  Install a newer Node.js (https://nodejs.org), or use `npm start` in a clone.\n",
  );
  process.exitCode = 1;
} else {
  // Halves the start of every later command; a folder that cannot be written is no failure.
  nodeModule.enableCompileCache();
  const { runPurser } = await import("./run-purser.ts");
  await runPurser(process.argv.slice(2));
}
