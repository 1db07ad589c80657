import type { z } from "zod";
import type { alertsList, alertsTest } from "../../../operations/index.ts";
import type { CommandCall } from "../command.ts";
import { styleFor } from "../style.ts";
import { renderTable } from "../table.ts";

export function presentAlerts(
  { alerts }: z.output<typeof alertsList.output>,
  { io }: CommandCall,
): void {
  if (alerts.length === 0) {
    io.writeError("No alert was raised.\n");
    return;
  }
  const column = (title: string, cells: readonly string[]) =>
    ({ title, align: "left", cells }) as const;
  io.writeOut(
    renderTable(
      [
        column(
          "at",
          alerts.map(({ at }) => `${at.slice(0, 16).replace("T", " ")}Z`),
        ),
        column(
          "kind",
          alerts.map(({ kind }) => kind),
        ),
        column(
          "what",
          alerts.map(({ title }) => title),
        ),
        column(
          "sent",
          alerts.map(({ deliveries }) =>
            deliveries.map(({ target, state }) => `${target}: ${state}`).join(", "),
          ),
        ),
      ],
      io.out.columns,
    ),
  );
}

export function presentAlertsTest(
  { results }: z.output<typeof alertsTest.output>,
  { io }: CommandCall,
): void {
  const style = styleFor(io.out);
  if (results.length === 0) io.writeError("No webhook is configured: see alerts in purser.yaml.\n");
  for (const { target, arrived, says } of results) {
    io.writeOut(`${arrived ? style.green("ok") : style.yellow("no")}  ${target}: ${says}\n`);
  }
}
