/** The reference pages say what the code says, in both directions. */
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { ERROR_CATALOGUE } from "../../src/base/index.ts";
import { describeInput, OPERATIONS } from "../../src/operations/index.ts";
import { referencePages } from "../../tools/docs/reference-pages.ts";

const read = (path: string): string =>
  readFileSync(fileURLToPath(new URL(`../../${path}`, import.meta.url)), "utf8");

describe("docs/reference", () => {
  it.each(referencePages().map(({ path, text }) => [path, text]))(
    "docs/reference: %s is fresh; if this fails, run `npm run docs`",
    (path, text) => {
      expect(read(path) === text).toBe(true);
    },
  );

  it("docs/reference: errors.md lists every code of the catalogue, and no other", () => {
    const listed = [...read("docs/reference/errors.md").matchAll(/^\| `([A-Z0-9_]+)` \|/gm)];
    expect(listed.map((match) => match[1])).toEqual(Object.keys(ERROR_CATALOGUE));
  });

  it("docs/reference: every code has a sentence of meaning, a mend and a failing status", () => {
    for (const [code, { meaning, mend, status }] of Object.entries(ERROR_CATALOGUE)) {
      expect(code).toMatch(/^[A-Z][A-Z0-9]*(_[A-Z0-9]+)+$/);
      expect(meaning, code).toMatch(/^[A-Z].*\.$/s);
      expect(mend, code).toMatch(/[.:]$/);
      expect(status, code).toBeGreaterThanOrEqual(400);
    }
  });
});

describe("OPERATIONS", () => {
  it("OPERATIONS have these names, by which others call them", () => {
    expect(OPERATIONS.map(({ name, path }) => [name, path.join(" ")])).toEqual([
      ["spend-report", "report"],
      ["cost", "cost"],
      ["estimate", "estimate"],
      ["whatif", "whatif"],
      ["models", "models"],
      ["exchange", "exchange"],
      ["ledger-tail", "ledger tail"],
      ["ledger-verify", "ledger verify"],
      ["ledger-export", "ledger export"],
      ["cache-replay", "cache replay"],
      ["cache-plan", "cache plan"],
      ["cache-misses", "cache misses"],
      ["savings", "savings"],
      ["keys-create", "keys create"],
      ["keys-list", "keys list"],
      ["keys-show", "keys show"],
      ["keys-rotate", "keys rotate"],
      ["keys-revoke", "keys revoke"],
      ["batch-submit", "batch submit"],
      ["batch-list", "batch list"],
      ["batch-watch", "batch watch"],
      ["batch-results", "batch results"],
      ["batch-cancel", "batch cancel"],
      ["import", "import"],
      ["reconcile", "reconcile"],
      ["forecast", "forecast"],
      ["anomalies", "anomalies"],
      ["alerts-list", "alerts list"],
      ["alerts-test", "alerts test"],
      ["reload", "reload"],
      ["budget-create", "budget create"],
      ["budget-list", "budget list"],
      ["budget-show", "budget show"],
      ["budget-edit", "budget edit"],
      ["budget-remove", "budget remove"],
      ["budget-explain", "budget explain"],
      ["doctor", "doctor"],
    ]);
  });

  it("OPERATIONS accept their own examples and describe every field of their input", () => {
    for (const operation of OPERATIONS) {
      expect(operation.examples.length, operation.name).toBeGreaterThan(0);
      for (const { input } of operation.examples) {
        expect(operation.input.safeParse(input).success, operation.name).toBe(true);
      }
      for (const field of describeInput(operation.input)) {
        expect(field.description, `${operation.name} ${field.name}`).not.toBe("");
      }
    }
  });
});
