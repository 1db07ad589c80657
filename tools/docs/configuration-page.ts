import { describeSettings } from "../../src/config/index.ts";
import { code, GENERATED, table } from "./markdown.ts";

export function configurationPage(): string {
  const rows = describeSettings().map((setting) => [
    code(setting.key),
    setting.takes,
    setting.standard === null ? "" : code(setting.standard),
    setting.variable === null ? "" : code(setting.variable),
    setting.flag === null ? "" : code(`--${setting.flag}`),
    setting.says,
  ]);
  return `${[
    "# Configuration",
    GENERATED,
    "Every key of `purser.yaml`. A flag goes before a variable, a variable before the file, the file before " +
      "the default. `purser.example.yaml` explains each in place; " +
      "[operating/configuration.md](../operating/configuration.md) says how the parts work together.",
    "Two variables have no key: `PURSER_CONFIG` names the file, and `PURSER_CONTROL_TOKEN` holds the control " +
      "plane's token, which has no place in a file that is shared.",
    table(["Key", "Takes", "Default", "Variable", "Flag of `purser up`", "Means"], rows),
  ].join("\n\n")}\n`;
}
