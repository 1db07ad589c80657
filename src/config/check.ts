/** Checks that span several settings, or that say what this version can do. */
import type { CheckedConfig } from "./authored.ts";
import { BUDGET_KEYS, checkBudgets } from "./budget-policies.ts";
import { DEFAULTS } from "./defaults.ts";
import type { FindPlace } from "./explain-zod.ts";
import { type ConfigIssue, formatKeyPath, type KeyPath } from "./issue.ts";
import { checkLimits, LIMIT_KEYS } from "./limit-policies.ts";

export function checkTogether(config: CheckedConfig, placeOf: FindPlace): readonly ConfigIssue[] {
  return [
    ...unsupportedPolicies(config, placeOf),
    ...checkBudgets(config, placeOf),
    ...checkLimits(config, placeOf),
    ...settingsOfLever(config, placeOf),
    ...checkPolicies(config, placeOf),
    ...samePort(config, placeOf),
    ...exposedControl(config, placeOf),
    ...loopingUpstream(config, placeOf),
    ...showbackShape(config, placeOf),
    ...datesInOrder(config, placeOf),
  ];
}

/** Whether an address is reached from this machine only. */
export function isLoopback(host: string): boolean {
  return host === "localhost" || host === "::1" || /^127\.\d{1,3}\.\d{1,3}\.\d{1,3}$/.test(host);
}

type Finding = Pick<ConfigIssue, "code" | "what" | "mend">;

function issueAt(path: KeyPath, placeOf: FindPlace, finding: Finding): ConfigIssue {
  return { ...finding, ...placeOf(path, "value"), key: formatKeyPath(path) };
}

/** Levers that the gateway of this version carries out. */
export const CARRIED_OUT: ReadonlySet<string> = new Set(["cache", "budget", "limit", "defer"]);

type CheckedPolicy = NonNullable<CheckedConfig["policies"]>[number];

/**
 * What the gateway cannot do and is asked to do is refused. What it is only asked to observe or to
 * advise is left out, with a warning: such an entry is there for `purser whatif`.
 */
function unsupportedPolicies(config: CheckedConfig, placeOf: FindPlace): readonly ConfigIssue[] {
  return (config.policies ?? []).flatMap((policy, index) => {
    const path = ["policies", index];
    const { name, lever, mode, settings } = policy;
    if (isCarriedOut(policy) || mode !== "apply") return [];
    const what =
      lever === "cache"
        ? `the rule "${settings?.rule}" of policy "${name}" is not one that the gateway has`
        : `the lever "${lever}" of policy "${name}" is not supported by this version`;
    const at = lever === "cache" ? [...path, "settings", "rule"] : [...path, "lever"];
    return issueAt(at, placeOf, {
      code: "CONFIG_UNSUPPORTED",
      what,
      mend: "Remove this policy, or set its mode to observe: then `purser whatif` reckons with it.",
    });
  });
}

export function isCarriedOut({ lever, settings }: CheckedPolicy): boolean {
  return CARRIED_OUT.has(lever) && (settings?.rule ?? "purser") === "purser";
}

/** Policies that the gateway leaves out, in words. */
export function leftOutPolicies({ policies }: CheckedConfig): readonly string[] {
  return (policies ?? [])
    .filter((policy) => !isCarriedOut(policy))
    .map(({ name, lever, settings }) => {
      const what = lever === "cache" ? `cache by the rule ${settings?.rule}` : lever;
      return `policy "${name}" is left out: the gateway has no ${what}; purser whatif reckons with it`;
    });
}

const NEEDED: Readonly<Partial<Record<CheckedPolicy["lever"], keyof PolicySettings>>> = {
  route: "model",
  cap: "maxTokens",
  effort: "effort",
  "trim-tools": "tools",
  "trim-history": "turns",
  prices: "prices",
  volume: "factor",
};
type PolicySettings = NonNullable<CheckedPolicy["settings"]>;

/** A lever without what it needs would do nothing, in silence. */
function leverSettings(config: CheckedConfig, placeOf: FindPlace): readonly ConfigIssue[] {
  return (config.policies ?? []).flatMap(({ name, lever, settings }, index) => {
    const needed = NEEDED[lever];
    if (needed === undefined || settings?.[needed] !== undefined) return [];
    return issueAt(["policies", index, "lever"], placeOf, {
      code: "CONFIG_INVALID_VALUE",
      what: `policy "${name}" does not say which ${needed}`,
      mend: `Add settings with the key ${needed}.`,
    });
  });
}

/** The lever `cap` has this one as well. */
const LIMIT_ONLY = LIMIT_KEYS.filter((key) => key !== "maxTokens");
/** What budgets alone have is told of with the budgets. */
const OF_LIMITS: ReadonlySet<string> = new Set([...LIMIT_KEYS, ...BUDGET_KEYS]);

/** A setting of another lever would be ignored in silence. */
function settingsOfLever(config: CheckedConfig, placeOf: FindPlace): readonly ConfigIssue[] {
  return (config.policies ?? []).flatMap(({ lever, settings }, index) => {
    const wrong = Object.keys(settings ?? {}).find((key) =>
      lever === "limit" ? !OF_LIMITS.has(key) : LIMIT_ONLY.includes(key),
    );
    if (wrong === undefined) return [];
    return issueAt(["policies", index, "settings", wrong], placeOf, {
      code: "CONFIG_CONFLICT",
      what: `${wrong} is no setting of the lever ${lever}`,
      mend: "Move it to a policy of its own lever.",
    });
  });
}

/** What holds for policies wherever they are read from. */
export function checkPolicies(config: CheckedConfig, placeOf: FindPlace): readonly ConfigIssue[] {
  return [
    ...policyNamesOnce(config, placeOf),
    ...leverSettings(config, placeOf),
    ...deferSettings(config, placeOf),
  ];
}

/** A what-if needs no deadline; whoever is to defer calls does. */
function deferSettings(config: CheckedConfig, placeOf: FindPlace): readonly ConfigIssue[] {
  return (config.policies ?? []).flatMap((policy, index) => {
    const { name, lever, mode = "observe", settings, holdOut } = policy;
    if (lever !== "defer" || mode === "observe") return [];
    if (settings?.deadline === undefined) {
      return issueAt(["policies", index, "lever"], placeOf, {
        code: "CONFIG_INVALID_VALUE",
        what: `policy "${name}" does not say which deadline`,
        mend: "Add settings with the key deadline, such as 4h.",
      });
    }
    if (holdOut === undefined || Number(holdOut) === 0) return [];
    return issueAt(["policies", index, "holdOut"], placeOf, {
      code: "CONFIG_CONFLICT",
      what: `policy "${name}" holds traffic out, and defer has no hold-out`,
      mend: "Remove holdOut: a batch costs half, which needs no measurement.",
    });
  });
}

/** A name stands for a policy in every report. */
function policyNamesOnce(config: CheckedConfig, placeOf: FindPlace): readonly ConfigIssue[] {
  const seen = new Set<string>();
  return (config.policies ?? []).flatMap(({ name }, index) => {
    const isNew = !seen.has(name);
    seen.add(name);
    if (isNew) return [];
    return issueAt(["policies", index, "name"], placeOf, {
      code: "CONFIG_CONFLICT",
      what: `another policy is called "${name}" already`,
      mend: "Give each policy a name of its own.",
    });
  });
}

function samePort(config: CheckedConfig, placeOf: FindPlace): readonly ConfigIssue[] {
  const gateway = config.gateway?.port ?? DEFAULTS.gateway.port;
  const control = config.control?.port ?? DEFAULTS.control.port;
  if (gateway !== control || gateway === 0) return [];
  const path = config.control?.port === undefined ? ["gateway", "port"] : ["control", "port"];
  return [
    issueAt(path, placeOf, {
      code: "CONFIG_CONFLICT",
      what: `the gateway and the control plane would both listen on port ${gateway}`,
      mend: "Give one of them another port.",
    }),
  ];
}

function exposedControl(config: CheckedConfig, placeOf: FindPlace): readonly ConfigIssue[] {
  const host = config.control?.host ?? DEFAULTS.control.host;
  if (isLoopback(host) || config.control?.allowRemote === true) return [];
  return [
    issueAt(["control", "host"], placeOf, {
      code: "CONFIG_EXPOSED",
      what: `${host} is reached from other machines`,
      mend: "Use 127.0.0.1, or set control.allowRemote: true and put TLS in front of it.",
    }),
  ];
}

/** An upstream that is this gateway itself would call itself until the limits stop it. */
function loopingUpstream(config: CheckedConfig, placeOf: FindPlace): readonly ConfigIssue[] {
  const upstream = new URL(config.upstream?.url ?? DEFAULTS.upstream.url);
  const port = config.gateway?.port ?? DEFAULTS.gateway.port;
  const upstreamHost = upstream.hostname.replace(/^\[|\]$/g, "");
  if (port === 0 || upstream.port !== String(port) || !isLoopback(upstreamHost)) return [];
  return [
    issueAt(["upstream", "url"], placeOf, {
      code: "CONFIG_CONFLICT",
      what: "the upstream is this gateway itself",
      mend: "Name the API that Purser stands in front of; ANTHROPIC_BASE_URL is for its clients.",
    }),
  ];
}

function showbackShape(config: CheckedConfig, placeOf: FindPlace): readonly ConfigIssue[] {
  return (config.showback ?? []).flatMap((entry, index) => {
    if (entry.margin !== undefined || entry.prices !== undefined) return [];
    return [
      issueAt(["showback", index], placeOf, {
        code: "CONFIG_CONFLICT",
        what: "an entry of showback sets a margin, or own prices, or both",
        mend: 'Write margin: "15%", or a list of prices.',
      }),
    ];
  });
}

function datesInOrder(config: CheckedConfig, placeOf: FindPlace): readonly ConfigIssue[] {
  return (config.discounts ?? []).flatMap((entry, index) =>
    // Days as text compare as days do.
    entry.from === undefined || entry.until === undefined || entry.from < entry.until
      ? []
      : [
          issueAt(["discounts", index, "until"], placeOf, {
            code: "CONFIG_CONFLICT",
            what: "it would end before it begins",
            mend: "Write a day after the one in from.",
          }),
        ],
  );
}
