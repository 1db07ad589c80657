import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { EMPTY_MANIFEST, type Manifest, readManifest, writeManifest } from "./manifest.ts";

/** Far more than the kibibyte that the limited process may write to one file. */
const LARGE = {
  ...EMPTY_MANIFEST,
  generation: 2,
  carried: { name: "x".repeat(10_000), bytes: 1, sha256: "", rows: 1 },
} satisfies Manifest;

test("writeManifest keeps the manifest before it when the disk takes only a part of the new one", () => {
  const folder = mkdtempSync(join(tmpdir(), "purser-manifest-"));
  const path = join(folder, "manifest");
  try {
    const before: Manifest = { ...EMPTY_MANIFEST, generation: 1 };
    writeManifest(path, before);
    const script = `import { writeManifest } from ${JSON.stringify(import.meta.resolve("./manifest.ts"))};
writeManifest(${JSON.stringify(path)}, ${JSON.stringify(LARGE)});`;
    const limited = 'trap "" XFSZ; ulimit -f 1; exec "$0" --input-type=module-typescript -e "$1"';
    const run = spawnSync("bash", ["-c", limited, process.execPath, script], { encoding: "utf8" });
    expect(run.stderr).toContain("EFBIG");
    expect(readManifest(path)).toEqual(before);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});
