import type { z } from "zod";
import { parseUsd } from "../../../base/index.ts";
import type { cacheMisses } from "../../../operations/index.ts";
import type { CommandCall } from "../command.ts";
import { compact, grouped, moneyColumn, share } from "../figures.ts";
import { styleFor } from "../style.ts";
import { type Column, renderTable } from "../table.ts";

type Output = z.output<typeof cacheMisses.output>;
type Cause = Output["causes"][number];

export function presentCacheMisses(output: Output, { io }: CommandCall): void {
  const style = styleFor(io.error);
  if (output.causes.length > 0) io.writeOut(renderTable(columnsOf(output), io.out.columns));
  for (const [advice, titles] of advicesOf(output)) {
    io.writeError(`${style.bold(titles.join("; "))}: ${advice}\n`);
  }
  for (const note of notesOf(output)) io.writeError(`${style.yellow("note")}: ${note}\n`);
  io.writeError(
    style.dim(
      `${grouped(output.requests)} prompts were billed $${output.billed_usd}; the best plan costs ` +
        `$${output.best_usd}. The causes sum to the difference, $${output.gap_usd}.\n`,
    ),
  );
}

function columnsOf({ causes, others, gap_usd }: Output): readonly Column[] {
  const amounts = [...causes.map(({ usd }) => usd), ...(others === null ? [] : [others.usd])];
  const money = moneyColumn(amounts);
  const whole = parseUsd(gap_usd);
  const rest = others === null ? [] : [""];
  return [
    {
      title: "cause",
      align: "left",
      cells: [
        ...causes.map(({ title }) => title),
        ...(others === null ? [] : [`(${others.causes} others)`]),
      ],
      foot: "gap to the best plan",
    },
    {
      title: "calls",
      align: "right",
      cells: [...causes.map(({ requests }) => grouped(requests)), ...rest],
    },
    {
      title: "tokens",
      align: "right",
      optional: true,
      cells: [...causes.map(({ tokens }) => compact(tokens)), ...rest],
    },
    { title: "cost", align: "right", cells: money.rows, foot: money.total },
    {
      title: "share",
      align: "right",
      cells: amounts.map((amount) => share(parseUsd(amount), whole)),
    },
    {
      title: "example",
      align: "left",
      optional: true,
      cells: [...causes.map(exampleOf), ...rest],
    },
  ];
}

/** `ex_… block 3 byte 127`. */
function exampleOf({ evidence }: Cause): string {
  if (evidence === null) return "";
  const { exchange, block, message, offset, expired_by_ms } = evidence;
  const place = message === null ? `block ${block}` : `message ${message} block ${block}`;
  const byte = offset === null ? "" : ` byte ${offset}`;
  const late = expired_by_ms === null ? "" : ` by ${Math.round(expired_by_ms / 1_000)} s`;
  return `${exchange} ${place}${byte}${late}`;
}

/** Each advice once, with all that it mends. */
function advicesOf({ causes }: Output): ReadonlyMap<string, readonly string[]> {
  const advices = new Map<string, readonly string[]>();
  for (const { title, advice } of causes) {
    advices.set(advice, [...(advices.get(advice) ?? []), title]);
  }
  return advices;
}

function notesOf({ causes, expired, provider, left_out }: Output): readonly string[] {
  const notes: string[] = [];
  if (causes.some(({ cause }) => cause === "expired")) {
    notes.push(
      `of what expired, marking for an hour would have saved $${expired.hour_would_save_usd}, ` +
        `keeping it alive $${expired.keep_alive_would_save_usd}`,
    );
  }
  if (provider.compared > 0) {
    notes.push(
      `the provider named a cause for ${grouped(provider.compared)} calls; ` +
        `${grouped(provider.agreed)} agree with these`,
    );
  }
  for (const [reason, count] of Object.entries(left_out)) {
    notes.push(`${grouped(count)} calls are left out: ${reason}`);
  }
  return notes;
}
