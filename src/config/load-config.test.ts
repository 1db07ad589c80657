import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { PurserError } from "../base/index.ts";
import { authoredBudgetOf } from "./budget-policies.ts";
import { type ConfigSources, loadConfig } from "./load-config.ts";
import type { LoadedConfig } from "./loaded.ts";

let folder = "";
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "purser-config-"));
});
afterEach(() => {
  rmSync(folder, { recursive: true, force: true });
});

type Given = {
  readonly file?: string;
  readonly flags?: ConfigSources["flags"];
  readonly environment?: ConfigSources["environment"];
};

function load({ file, flags = {}, environment = {} }: Given): LoadedConfig {
  if (file !== undefined) writeFileSync(join(folder, "purser.yaml"), file);
  return loadConfig({
    flags,
    environment: { HOME: folder, ...environment },
    workingDirectory: folder,
  });
}

function failureOf(given: Given): PurserError {
  try {
    load(given);
  } catch (error) {
    if (error instanceof PurserError) return error;
    throw error;
  }
  throw new Error("the configuration was accepted");
}

describe("loadConfig", () => {
  it("loadConfig gives the documented defaults when nothing is set", () => {
    const config = load({});
    expect(config.file).toBeNull();
    expect(config.upstream.url).toBe("https://api.anthropic.com");
    expect(config.gateway).toMatchObject({
      host: "127.0.0.1",
      port: 4141,
      bodyBytesMax: 33_554_432,
    });
    expect(config.control).toMatchObject({ host: "127.0.0.1", port: 4142, token: null });
    expect(config.ledger).toEqual({ onFailure: "refuse", compactEveryMs: 60_000 });
    expect(config.data.directory).toBe(join(folder, ".local/share/purser"));
  });

  it("loadConfig lets a flag beat a variable, a variable the file, and the file a default", () => {
    const file = "gateway: {port: 1001, host: 127.0.0.2, bodyMax: 1MiB}";
    const environment = { PURSER_PORT: "1002", PURSER_HOST: "127.0.0.3" };
    const config = load({ file, environment, flags: { port: "1003" } });
    expect(config.gateway).toMatchObject({
      port: 1003,
      host: "127.0.0.3",
      bodyBytesMax: 1_048_576,
      callsMax: 2048,
    });
  });

  it("loadConfig reads a relative path of the file from the file's folder, a flag's from the shell", () => {
    mkdirSync(join(folder, "etc"));
    writeFileSync(join(folder, "etc/p.yaml"), "data: {directory: ledger}");
    const flags = { config: "etc/p.yaml" };
    expect(load({ flags }).data.directory).toBe(join(folder, "etc/ledger"));
    const both = { config: "etc/p.yaml", data: "ledger" };
    expect(load({ flags: both }).data.directory).toBe(join(folder, "ledger"));
  });

  it("loadConfig follows XDG_DATA_HOME for the data directory", () => {
    expect(load({ environment: { XDG_DATA_HOME: "/x/data" } }).data.directory).toBe(
      "/x/data/purser",
    );
  });

  it("loadConfig takes a file of comments, and sections without keys, as empty", () => {
    expect(load({ file: "# nothing\n" }).gateway.port).toBe(4141);
    expect(load({ file: "gateway:\n  # port: 1\nupstream:\n" }).gateway.port).toBe(4141);
  });

  it("loadConfig accepts the example file as it is, and with its comments taken away", () => {
    const example = readFileSync(new URL("../../purser.example.yaml", import.meta.url), "utf8");
    const plain = load({ file: example });
    expect(plain.gateway.port).toBe(4141);
    expect(plain.version).toBe(load({ file: "" }).version);
    const opened = example
      .replace(/^ {2}targets: \[\]$/m, "  targets:")
      .replace(/^(models|discounts|showback|policies): \[\]$/gm, "$1:")
      .replace(/^#( {2}[- ] )/gm, "$1")
      .replace(/^ {2}# (proxy|directory): /gm, "  $1: ");
    const full = load({ file: opened });
    expect(full.models.map((model) => model.id)).toEqual(["my-proxy-model"]);
    expect(full.discounts[0]).toMatchObject({ percentOff: "10", from: "2026-07-01" });
    expect(full.showback.map((entry) => entry.team ?? entry.user)).toEqual(["search", "acme"]);
    expect(full.policies).toMatchObject([
      { name: "per-user", lever: "limit", settings: { per: "user", wait: 30_000 } },
      { name: "autopilot", lever: "cache", mode: "apply", holdOut: "5" },
      { name: "overnight", lever: "defer", settings: { deadline: 14_400_000 } },
      { name: "search-month", lever: "budget", mode: "apply", settings: { limit: "$500" } },
    ]);
    expect(full.alerts.targets).toMatchObject([{ name: "on-call", format: "purser" }]);
    expect(full.upstream.proxy).toBe("http://proxy.example.com:3128");
  });

  it("loadConfig gives the same version to the same settings and another to others", () => {
    const version = (file: string): string => load({ file }).version;
    expect(version("gateway: {port: 5}\nledger: {onFailure: refuse}")).toBe(
      version("ledger:\n  onFailure: refuse\ngateway:\n  port: 5 # five\n"),
    );
    expect(version("gateway: {port: 5}")).not.toBe(version("gateway: {port: 6}"));
    expect(load({ file: "", environment: { PURSER_CONTROL_TOKEN: "a".repeat(32) } }).version).toBe(
      load({ file: "" }).version,
    );
  });

  it("loadConfig leaves out, with a warning, what the gateway has no lever for and is not to apply", () => {
    const file = `policies:
  - { name: smaller, lever: route, settings: { model: claude-haiku-5-5 } }
  - { name: as told, lever: cap, mode: advise, settings: { maxTokens: 500 } }
  - { name: marked, lever: cache, settings: { rule: automatic } }
  - { name: autopilot, lever: cache, mode: apply }
`;
    const { warnings, policies } = load({ file });
    expect(policies).toHaveLength(4);
    expect(warnings).toEqual([
      'policy "smaller" is left out: the gateway has no route; purser whatif reckons with it',
      'policy "as told" is left out: the gateway has no cap; purser whatif reckons with it',
      'policy "marked" is left out: the gateway has no cache by the rule automatic; purser whatif reckons with it',
    ]);
  });

  it("loadConfig reads budgets among the policies, as what domain/budgets understands", () => {
    const file = `policies:
  - name: care
    lever: budget
    mode: advise
    match: {users: [dana], tags: {env: production}}
    settings: {limit: 2M tokens, window: rolling 7d, per: session, steps: [80% warn]}
`;
    const [policy] = load({ file }).policies;
    const authored = policy === undefined ? null : authoredBudgetOf(policy);
    expect(authored).toMatchObject({
      ...{ name: "care", limit: "2M tokens", window: "rolling 7d", per: "session", shadow: true },
      match: { users: ["dana"], "tag:env": ["production"] },
    });
  });

  it("loadConfig warns of a budget that only observes", () => {
    const file = "policies:\n  - name: care\n    lever: budget\n    settings: {limit: $5}\n";
    expect(load({ file }).warnings).toEqual([
      'the budget "care" does nothing: its mode is observe; write apply, or advise to try it',
    ]);
  });

  it("loadConfig warns of a variable that nobody reads, and of nothing else", () => {
    expect(load({ environment: { PURSER_PROT: "1", PATH: "/bin" } }).warnings).toEqual([
      "the variable PURSER_PROT is not read; did you mean PURSER_PORT?",
    ]);
  });
});

/** What a person reads: `where: what [code]. mend`, pinned word for word. */
const GOLDEN: readonly (readonly [string, Given, string])[] = [
  [
    "an unknown key",
    { file: "gateway:\n  prot: 4141\n" },
    'purser.yaml:2:3 (gateway.prot): unknown key "prot" [CONFIG_UNKNOWN_KEY]. Did you mean "port"?',
  ],
  [
    "a budget without a limit",
    { file: "policies:\n  - name: a\n    lever: budget\n" },
    'purser.yaml:2:5 (policies[0].settings.limit): the budget has no limit [BUDGET_LIMIT_INVALID]. Write dollars ("$500"), tokens ("2000000 tokens") or calls ("1000 calls").',
  ],
  [
    "a budget of nothing",
    { file: "policies:\n  - name: a\n    lever: budget\n    settings:\n      limit: $0\n" },
    'purser.yaml:5:14 (policies[0].settings.limit): a budget of $0 would stop every call [BUDGET_LIMIT_INVALID]. Write dollars ("$500"), tokens ("2000000 tokens") or calls ("1000 calls").',
  ],
  [
    "a budget in another currency",
    {
      file: "policies:\n  - name: a\n    lever: budget\n    settings:\n      limit: 500 EUR\n",
    },
    'purser.yaml:5:14 (policies[0].settings.limit): "500 EUR" is not in dollars [BUDGET_CURRENCY_UNKNOWN]. Write dollars, such as "$500" or "500 usd": Purser converts no currencies.',
  ],
  [
    "a budget's window that never ends",
    {
      file: "policies:\n  - name: a\n    lever: budget\n    settings:\n      limit: $1\n      window: forever\n",
    },
    'purser.yaml:6:15 (policies[0].settings.window): "forever" is a window that never ends [BUDGET_WINDOW_INVALID]. Write lifetime for a budget that never refills, or a window that ends.',
  ],
  [
    "a budget per something that calls do not have",
    {
      file: "policies:\n  - name: a\n    lever: budget\n    settings:\n      limit: $1\n      per: usr\n",
    },
    'purser.yaml:6:12 (policies[0].settings.per): calls have no "usr"; did you mean user? [BUDGET_ATTRIBUTE_UNKNOWN]. Write key, user, team, endpoint, model, session, user-type or tag:NAME.',
  ],
  [
    "a budget's step that this version cannot take",
    {
      file: "policies:\n  - name: a\n    lever: budget\n    settings:\n      limit: $1\n      steps: [80% warn, 98% batch]\n",
    },
    'purser.yaml:6:25 (policies[0].settings.steps[1]): "98% batch": this version cannot move a call into a batch [BUDGET_STEP_INVALID]. Leave this step out: calls are not deferred yet.',
  ],
  [
    "a setting of another lever",
    {
      file: "policies:\n  - name: a\n    lever: cache\n    settings:\n      limit: $1\n",
    },
    'purser.yaml:5:14 (policies[0].settings.limit): "limit" is a setting of budgets [CONFIG_CONFLICT]. Change one of the two settings that are named.',
  ],
  [
    "an unknown section",
    { file: "gatewai: {}\n" },
    'purser.yaml:1:1 (gatewai): unknown key "gatewai" [CONFIG_UNKNOWN_KEY]. Did you mean "gateway"?',
  ],
  [
    "an unknown key that is like nothing",
    { file: "data:\n  banana: 1\n" },
    'purser.yaml:2:3 (data.banana): unknown key "banana" [CONFIG_UNKNOWN_KEY]. Known here: directory.',
  ],
  [
    "a token in the file",
    { file: "control:\n  token: abcdefghijklmnopqrst\n" },
    'purser.yaml:2:3 (control.token): unknown key "token" [CONFIG_UNKNOWN_KEY]. A token does not belong in this file: set PURSER_CONTROL_TOKEN, or name a file in control.tokenFile.',
  ],
  [
    "a text where a number belongs",
    { file: 'gateway:\n  port: "http"\n' },
    'purser.yaml:2:9 (gateway.port): "http" is a text, but a number belongs here [CONFIG_WRONG_TYPE]. Write a number.',
  ],
  [
    "a list where a section belongs",
    { file: "gateway: [1]\n" },
    "purser.yaml:1:10 (gateway): this list is a list, but a section of keys belongs here [CONFIG_WRONG_TYPE]. Write a section of keys.",
  ],
  [
    "a port out of range",
    { file: "gateway:\n  port: 70000\n" },
    "purser.yaml:2:9 (gateway.port): 70000 is out of range [CONFIG_OUT_OF_RANGE]. Write at most 65535.",
  ],
  [
    "a duration without a unit",
    { file: "upstream:\n  idleTimeout: 30\n" },
    'purser.yaml:2:16 (upstream.idleTimeout): 30 is a whole number, but a text belongs here [CONFIG_WRONG_TYPE]. Write it with its unit, or in quotes: "30".',
  ],
  [
    "a duration out of range",
    { file: "upstream:\n  idleTimeout: 2h\n" },
    "purser.yaml:2:16 (upstream.idleTimeout): 2h is out of range [CONFIG_OUT_OF_RANGE]. Write a duration from 1s to 1h.",
  ],
  [
    "a word that is nearly right",
    { file: "gateway:\n  onClientGone: cancle\n" },
    'purser.yaml:2:17 (gateway.onClientGone): "cancle" is not one of the values that this key knows [CONFIG_INVALID_VALUE]. Write one of: cancel, drain. Did you mean "cancel"?',
  ],
  [
    "an upstream that is no address",
    { file: "upstream:\n  url: api.anthropic.com\n" },
    'purser.yaml:2:8 (upstream.url): "api.anthropic.com" is not an http or https address [CONFIG_INVALID_VALUE]. Write an address such as https://api.anthropic.com.',
  ],
  [
    "the same key twice",
    { file: "gateway:\n  port: 1\n  port: 2\n" },
    "purser.yaml:3:3: this key is already set above [CONFIG_DUPLICATE_KEY]. Keep one of the two.",
  ],
  [
    "a tab for indentation",
    { file: "gateway:\n\tport: 1\n" },
    "purser.yaml:2:1: tabs are not allowed as indentation [CONFIG_SYNTAX]. Mend the YAML on this line: indent by spaces, end a key with a colon and a space.",
  ],
  [
    "a limit policy without a limit",
    { file: "policies:\n  - name: bound\n    lever: limit\n" },
    'purser.yaml:3:12 (policies[0].lever): the policy "bound" sets no limit [CONFIG_CONFLICT]. Set one, such as settings: { requestsPerMinute: 60 }.',
  ],
  [
    "a limit measured by what calls do not have",
    {
      file: "policies:\n  - name: bound\n    lever: limit\n    settings:\n      toolTurns: 9\n      per: usr\n",
    },
    'purser.yaml:6:12 (policies[0].settings.per): calls have no "usr" [CONFIG_INVALID_VALUE]. Write one of: key, user, team, endpoint, user-type, session, model, tag:NAME; or leave it out for all together.',
  ],
  [
    "a setting of limits on another lever",
    {
      file: "policies:\n  - name: cheaper\n    lever: cache\n    settings:\n      toolTurns: 9\n",
    },
    "purser.yaml:5:18 (policies[0].settings.toolTurns): toolTurns is no setting of the lever cache [CONFIG_CONFLICT]. Move it to a policy of its own lever.",
  ],
  [
    "a setting of another lever on a limit",
    {
      file: "policies:\n  - name: bound\n    lever: limit\n    settings:\n      toolTurns: 9\n      model: m\n",
    },
    "purser.yaml:6:14 (policies[0].settings.model): model is no setting of the lever limit [CONFIG_CONFLICT]. Move it to a policy of its own lever.",
  ],
  [
    "a limit of zero",
    {
      file: "policies:\n  - name: bound\n    lever: limit\n    settings:\n      concurrentCalls: 0\n",
    },
    "purser.yaml:5:24 (policies[0].settings.concurrentCalls): 0 is out of range [CONFIG_OUT_OF_RANGE]. Write at least 1.",
  ],
  [
    "a limit in a currency",
    {
      file: 'policies:\n  - name: bound\n    lever: limit\n    settings:\n      sessionUsd: "$5"\n',
    },
    'purser.yaml:5:19 (policies[0].settings.sessionUsd): "$5" is not an amount of dollars [CONFIG_INVALID_VALUE]. Write dollars as a decimal above zero, in quotes and without a currency: "2.50".',
  ],
  [
    "a limit of no dollars",
    {
      file: 'policies:\n  - name: bound\n    lever: limit\n    settings:\n      sessionUsd: "0"\n',
    },
    'purser.yaml:5:19 (policies[0].settings.sessionUsd): 0 is not above zero [CONFIG_OUT_OF_RANGE]. Write dollars as a decimal above zero, in quotes and without a currency: "2.50".',
  ],
  [
    "a lever that this version lacks",
    {
      file: "policies:\n  - name: cheaper\n    lever: route\n    mode: apply\n    settings: { model: m }\n",
    },
    'purser.yaml:3:12 (policies[0].lever): the lever "route" of policy "cheaper" is not supported by this version [CONFIG_UNSUPPORTED]. Remove this policy, or set its mode to observe: then `purser whatif` reckons with it.',
  ],
  [
    "a policy that defers and says no deadline",
    { file: "policies:\n  - name: overnight\n    lever: defer\n    mode: advise\n" },
    'purser.yaml:3:12 (policies[0].lever): policy "overnight" does not say which deadline [CONFIG_INVALID_VALUE]. Add settings with the key deadline, such as 4h.',
  ],
  [
    "a policy that defers and holds traffic out",
    {
      file: "policies:\n  - name: overnight\n    lever: defer\n    mode: apply\n    holdOut: 5%\n    settings: { deadline: 4h }\n",
    },
    'purser.yaml:5:14 (policies[0].holdOut): policy "overnight" holds traffic out, and defer has no hold-out [CONFIG_CONFLICT]. Remove holdOut: a batch costs half, which needs no measurement.',
  ],
  [
    "a hold-out that is no share",
    { file: "policies:\n  - name: cheaper\n    lever: cache\n    holdOut: 0.05\n" },
    'purser.yaml:4:14 (policies[0].holdOut): 0.05 is a number with a fraction, but a text belongs here [CONFIG_WRONG_TYPE]. Write it with its unit, or in quotes: "0.05".',
  ],
  [
    "two policies of one name",
    {
      file: "policies:\n  - name: a\n    lever: cache\n  - name: a\n    lever: cache\n",
    },
    'purser.yaml:4:11 (policies[1].name): another policy is called "a" already [CONFIG_CONFLICT]. Give each policy a name of its own.',
  ],
  [
    "a control plane open to the network",
    { file: "control:\n  host: 0.0.0.0\n" },
    "purser.yaml:2:9 (control.host): 0.0.0.0 is reached from other machines [CONFIG_EXPOSED]. Use 127.0.0.1, or set control.allowRemote: true and put TLS in front of it.",
  ],
  [
    "a wrong variable",
    { environment: { PURSER_PORT: "many" } },
    'environment variable PURSER_PORT (gateway.port): "many" is a text, but a number belongs here [CONFIG_WRONG_TYPE]. Write a number.',
  ],
  [
    "a wrong flag",
    { flags: { "control-port": "99999" } },
    "flag --control-port (control.port): 99999 is out of range [CONFIG_OUT_OF_RANGE]. Write at most 65535.",
  ],
  [
    "two parts on one port",
    { file: "gateway:\n  port: 4142\n" },
    "purser.yaml:2:9 (gateway.port): the gateway and the control plane would both listen on port 4142 [CONFIG_CONFLICT]. Give one of them another port.",
  ],
  [
    "an upstream that is the gateway",
    { flags: { upstream: "http://127.0.0.1:4141" } },
    "flag --upstream (upstream.url): the upstream is this gateway itself [CONFIG_CONFLICT]. Name the API that Purser stands in front of; ANTHROPIC_BASE_URL is for its clients.",
  ],
  [
    "a file that is not there",
    { flags: { config: "nowhere.yaml" } },
    "flag --config: there is no file nowhere.yaml [CONFIG_NOT_FOUND]. Check the path, or leave it out to use purser.yaml in this folder.",
  ],
  [
    "a price as a number",
    { file: "models:\n  - id: m\n    prices:\n      - input: 4\n        output: '20'\n" },
    'purser.yaml:4:16 (models[0].prices[0].input): 4 is a whole number, but a text belongs here [CONFIG_WRONG_TYPE]. Write it with its unit, or in quotes: "4".',
  ],
  [
    "a price that is missing",
    { file: "models:\n  - id: m\n    prices:\n      - input: '4'\n" },
    'purser.yaml:4:9 (models[0].prices[0].output): the key "output" is missing [CONFIG_INVALID_VALUE]. Add "output" here.',
  ],
];

describe("loadConfig, where the configuration is wrong", () => {
  it.each(GOLDEN)("loadConfig names the place and the mend of %s", (_name, given, text) => {
    expect(failureOf(given).message).toBe(text);
  });

  it("loadConfig names every mistake of a file at once, in its order", () => {
    const error = failureOf({
      file: "gateway:\n  port: x\n  prot: 1\ndata: 5\nupstream:\n  url: 1\n",
    });
    const issues = error.data?.issues as readonly {
      readonly position: { readonly line: number };
    }[];
    expect(issues.map((issue) => issue.position.line)).toEqual([2, 3, 4, 6]);
    expect(error.what).toContain("(and 3 more)");
  });

  it("loadConfig names a wrong value of the file even where a flag hides it", () => {
    const error = failureOf({ file: "gateway:\n  port: x\n", flags: { port: "1" } });
    expect(error.where).toBe("purser.yaml:2:9 (gateway.port)");
  });

  it("loadConfig never shows a secret", () => {
    const secret = "hunter2secret";
    const failures = [
      failureOf({ environment: { PURSER_UPSTREAM_PROXY: `socks://u:${secret}@h` } }),
      failureOf({ environment: { PURSER_CONTROL_TOKEN: secret } }),
      failureOf({ file: `upstream:\n  url: https://u:${secret}@h\n` }),
    ];
    for (const error of failures) {
      expect(error.message + JSON.stringify(error.data)).not.toContain(secret);
    }
  });

  it("loadConfig reads the token from the first line of a file", () => {
    writeFileSync(join(folder, "token"), `${"t".repeat(32)}\nsecond line\n`);
    expect(load({ file: "control: {tokenFile: token}" }).control.token).toBe("t".repeat(32));
    expect(failureOf({ file: "control: {tokenFile: missing}" }).code).toBe("CONFIG_UNREADABLE");
  });

  it("loadConfig refuses a file of more than a mebibyte and a bomb of aliases", () => {
    expect(failureOf({ file: `# ${"x".repeat(1_048_576)}\n` }).code).toBe("CONFIG_UNREADABLE");
    const rows = Array.from(
      { length: 12 },
      (_, n) => `k${n + 1}: &a${n + 1} [${`*a${n},`.repeat(9)}]`,
    );
    expect(failureOf({ file: `k0: &a0 [x]\n${rows.join("\n")}\n` }).code).toMatch(/^CONFIG_/);
  });
});
