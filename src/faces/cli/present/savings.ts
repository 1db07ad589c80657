import type { z } from "zod";
import type { savings } from "../../../operations/index.ts";
import type { CommandCall } from "../command.ts";
import { grouped } from "../figures.ts";
import { styleFor } from "../style.ts";

type Output = z.output<typeof savings.output>;

export function presentSavings(output: Output, { io }: CommandCall): void {
  const style = styleFor(io.out);
  const lines: string[] = [];
  for (const [name, arm] of [
    ["applied", output.applied],
    ["held out", output.held_out],
  ] as const) {
    lines.push(
      `${name.padEnd(9)} ${grouped(arm.exchanges)} calls in ${grouped(arm.units)} units: ` +
        `prompts cost $${arm.prompt_usd}, uncached $${arm.uncached_usd}`,
    );
  }
  const { measured, modelled } = output;
  if (measured === null) {
    lines.push(style.yellow(`measured  not yet: ${output.not_measured_because}`));
  } else {
    lines.push(
      style.green(
        `measured  saved ${percent(measured.share)} of what prompts would have cost ` +
          `(${percent(measured.level)} interval ${percent(measured.share_low)} to ${percent(measured.share_high)})`,
      ),
      `          about $${cents(measured.usd)} on the applied traffic ($${cents(measured.usd_low)} to $${cents(measured.usd_high)})`,
    );
  }
  lines.push(
    `modelled  saved $${modelled.usd} on ${grouped(modelled.exchanges)} calls without markers of their own; ` +
      `${grouped(modelled.exchanges_left_out)} with markers are left out`,
  );
  io.writeOut(`${lines.join("\n")}\n`);
}

function percent(share: number): string {
  return `${(share * 100).toFixed(1)}%`;
}

/** An estimate shows no more digits than it is worth. */
function cents(amount: string): string {
  return Number(amount).toFixed(2);
}
