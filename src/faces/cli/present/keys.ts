import type { z } from "zod";
import type { keysCreate, keysList, keysShow } from "../../../operations/index.ts";
import type { CommandCall } from "../command.ts";
import { counted } from "../figures.ts";
import { styleFor } from "../style.ts";
import { type Column, renderTable, visible } from "../table.ts";

type Key = z.output<typeof keysShow.output>;

/** The secret alone goes to standard output, so that a script can take it from there. */
export function presentNewSecret(
  { secret, key }: z.output<typeof keysCreate.output>,
  { io }: CommandCall,
): void {
  const style = styleFor(io.error);
  io.writeError(`The key ${visible(key.name)} (${key.id}):\n\n`);
  io.writeOut(`${secret}\n`);
  const ending = key.secrets.filter(({ holds, ends_at }) => holds && ends_at !== null);
  for (const { ends_with, ends_at } of ending) {
    io.writeError(`\nThe one before it, …${ends_with}, holds until ${ends_at}.\n`);
  }
  io.writeError(
    style.yellow("\nIt is shown this once and kept nowhere. ") +
      "Clients send it as they would send the provider's own.\n",
  );
}

export function presentKeys({ keys }: z.output<typeof keysList.output>, { io }: CommandCall): void {
  if (keys.length === 0) {
    io.writeError("There are no such keys. Make one with `purser keys create NAME`.\n");
    return;
  }
  io.writeOut(renderTable(columnsOf(keys), io.out.columns));
  io.writeError(`${counted(keys.length, "key")}. \`purser keys show NAME\` tells more of one.\n`);
}

function columnsOf(keys: readonly Key[]): readonly Column[] {
  const column = (title: string, pick: (key: Key) => string, optional = false): Column => ({
    title,
    align: "left",
    optional,
    cells: keys.map(pick),
  });
  return [
    column("name", ({ name }) => name),
    column("id", ({ id }) => id, true),
    column("status", ({ status }) => status),
    column("team", ({ team }) => team ?? ""),
    column("owner", ({ owner }) => owner ?? "", true),
    column("models", ({ models }) => models?.join(", ") ?? "all", true),
    column("ends with", ({ secrets }) => secrets.map(({ ends_with }) => ends_with).join(" ")),
    column("expires", ({ expires_at }) => expires_at?.slice(0, 10) ?? "never"),
  ];
}

export function presentKey(key: Key, { io }: CommandCall): void {
  const { limits, secrets, tags, ...plain } = key;
  const lines = [
    ...Object.entries(plain),
    ...Object.entries(tags).map(([name, value]) => [`tag ${name}`, value]),
    ...Object.entries(limits),
    ...secrets.map((secret) => [
      `secret …${secret.ends_with}`,
      secret.holds ? `holds${secret.ends_at === null ? "" : ` until ${secret.ends_at}`}` : "ended",
    ]),
  ].filter(([, value]) => value !== null);
  const width = Math.max(...lines.map(([name]) => String(name).length));
  for (const [name, value] of lines) {
    io.writeOut(`${String(name).replaceAll("_", " ").padEnd(width)}  ${visible(String(value))}\n`);
  }
}
