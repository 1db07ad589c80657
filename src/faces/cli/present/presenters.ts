import type { Operation } from "../../../operations/index.ts";
import { cost, models } from "../../../operations/index.ts";
import type { CommandCall } from "../command.ts";
import { presentCost } from "./cost.ts";
import { presentModels } from "./models.ts";
import { forOperation, type Presenter } from "./presenter.ts";

const PRESENTERS: ReadonlyMap<string, Presenter> = new Map([
  forOperation(models, presentModels),
  forOperation(cost, presentCost),
]);

/** JSON where it was asked for, else the operation's own presentation. */
export async function presentOutput(
  operation: Operation,
  output: unknown,
  call: CommandCall,
): Promise<void> {
  const presenter = PRESENTERS.get(operation.name);
  if (call.json || presenter === undefined) {
    call.io.writeOut(`${JSON.stringify(output, null, 2)}\n`);
    return;
  }
  await presenter(output, call);
}
