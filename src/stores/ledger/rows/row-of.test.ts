import { expect, test } from "vitest";
import { estimatedTokenCount, picoUsd } from "../../../base/index.ts";
import type { SettledEntry } from "../../contracts/index.ts";
import { sampleOpened, sampleSettled } from "../sample-entries.contract.ts";
import { COLUMNS } from "./columns.ts";
import { rowOf } from "./row-of.ts";

const OPENED = sampleOpened(0, 1);
const ESTIMATE = {
  inputTokens: estimatedTokenCount(10),
  outputTokens: estimatedTokenCount(10),
  total: picoUsd(1_000n),
  basis: "worst case",
};

test.each([
  ["unpriced: unknown-model", null, 1n],
  ["not-reported", null, 1n],
  ["not-reported", ESTIMATE, 0n],
  ["not-billed: 529", null, 0n],
])(
  "rowOf tells a cost that is unknown from one that is nothing: %s, estimate %o",
  (unbilledReason, estimated, expected) => {
    const settled: SettledEntry = {
      ...sampleSettled(OPENED, 1),
      outcome: "lost",
      measured: null,
      estimated,
      unbilledReason,
    };
    const { positive } = rowOf({ opened: OPENED, settled, corrections: [] });
    const column = COLUMNS.findIndex(({ name }) => name === "unpriced_exchanges");
    expect(positive[column]).toBe(expected);
  },
);
