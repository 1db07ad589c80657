// `npm run build`, also before `npm pack`: compiles the sources to JavaScript with their type
// declarations, for users whose Node does not run TypeScript inside node_modules. A clone needs
// no build. `--out DIR` builds elsewhere.
import { spawnSync } from "node:child_process";
import { chmodSync, existsSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { resolve } from "node:path";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("..", import.meta.url));
const outFlag = process.argv.indexOf("--out");
const out = resolve(root, outFlag === -1 ? "dist" : process.argv[outFlag + 1]);
const SHEBANG = "#!/usr/bin/env node\n";

rmSync(out, { recursive: true, force: true });
const compiler = `${root}node_modules/@typescript/native/bin/tsc`;
const result = spawnSync(
  process.execPath,
  [compiler, "-p", `${root}tsconfig.build.json`, "--outDir", out],
  { cwd: root, stdio: ["ignore", 2, 2] },
);
if (result.status !== 0) {
  process.stderr.write("build: the sources do not compile; nothing was built.\n");
  rmSync(out, { recursive: true, force: true });
  process.exit(result.status || 1);
}

const bin = `${out}/main/purser.js`;
if (!existsSync(bin)) throw new Error(`the build has no ${bin}`);
const text = readFileSync(bin, "utf8");
if (!text.startsWith("#!")) writeFileSync(bin, SHEBANG + text);
chmodSync(bin, 0o755);
