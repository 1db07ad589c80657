import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { describeSettings, loadConfig, reloadConfig } from "./index.ts";

let folder = "";
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "purser-reloadable-"));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

function load(text: string, environment = {}) {
  writeFileSync(join(folder, "purser.yaml"), text);
  return loadConfig({ flags: {}, environment, workingDirectory: folder });
}

const POLICY = "policies:\n  - name: a\n    lever: cache\n    mode: apply\n";

describe("reloadConfig", () => {
  test("reloadConfig says of the same settings, written otherwise, that nothing has changed", () => {
    const running = load(`${POLICY}gateway:\n  requestTimeout: 60s\n`);
    const next = load(`gateway:\n  requestTimeout: 1m # a minute\n${POLICY}`);
    const { config, changed, needsRestart } = reloadConfig(running, next);
    expect([config.version, changed, needsRestart]).toEqual([running.version, [], []]);
  });

  test("reloadConfig takes policies over and names what waits, which is not in the version", () => {
    const running = load("");
    const next = load(`${POLICY}gateway:\n  bodyMax: 2MiB\ncontrol:\n  port: 5000\n`);
    const { config, changed, needsRestart } = reloadConfig(running, next);
    expect(changed).toEqual(["policies"]);
    expect(needsRestart).toEqual(["gateway.bodyMax", "control.port"]);
    expect(config.gateway).toEqual(running.gateway);
    expect(config.version).toBe(load(POLICY).version);
  });

  test("reloadConfig names a secret that changed and does not show it", () => {
    const running = load("", { PURSER_UPSTREAM_KEY: "a-secret-of-sixteen-and-more" });
    const next = load("", { PURSER_UPSTREAM_KEY: "another-secret-of-that-length" });
    const reloaded = reloadConfig(running, next);
    expect(reloaded.needsRestart).toEqual(["upstream.keyFile"]);
    expect(reloaded.config.upstream.key).toBe(running.upstream.key);
  });

  test("reloadConfig names settings as the file writes them", () => {
    const known = new Set(describeSettings().map(({ key }) => key));
    const running = load("");
    const all = Object.fromEntries(
      ["upstream", "gateway", "control", "data", "ledger", "budgets", "batch", "alerts"].map(
        (section) => [section, new Proxy({}, { get: () => "otherwise" })],
      ),
    );
    const { needsRestart } = reloadConfig(running, { ...running, ...all });
    expect(needsRestart.length).toBeGreaterThan(25);
    expect(needsRestart.filter((name) => !known.has(name))).toEqual([]);
  });
});
