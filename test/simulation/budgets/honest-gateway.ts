import { runBudgetGateway } from "./gateway-entry.ts";

await runBudgetGateway();
