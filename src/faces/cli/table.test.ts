import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { formatUsd, parseUsd, picoUsd } from "../../base/index.ts";
import { compact, grouped, moneyColumn, share } from "./figures.ts";
import { renderTable } from "./table.ts";

describe("renderTable", () => {
  it("renderTable aligns text to the left, figures to the right, and the sum under a line", () => {
    const text = renderTable(
      [
        { title: "model", align: "left", cells: ["a", "longer"], foot: "total" },
        { title: "cost", align: "right", cells: ["$1.00", "$10.00"], foot: "$11.00" },
      ],
      null,
    );
    expect(text).toBe(
      [
        "model     cost",
        "──────  ──────",
        "a        $1.00",
        "longer  $10.00",
        "──────  ──────",
        "total   $11.00",
        "",
      ].join("\n"),
    );
  });

  it("renderTable cuts the widest text to fit the terminal, and never a figure", () => {
    const columns = [
      { title: "user", align: "left" as const, cells: ["x".repeat(200)] },
      { title: "cost", align: "right" as const, cells: ["$123456789.123456"] },
    ];
    const lines = renderTable(columns, 60).trimEnd().split("\n");
    expect(Math.max(...lines.map((line) => line.length))).toBeLessThanOrEqual(60);
    expect(lines.at(-1)).toContain("…");
    expect(lines.at(-1)).toContain("$123456789.123456");
  });

  it("renderTable leaves out optional columns, the last first, before it cuts texts to a stump", () => {
    const columns = [
      { title: "id", align: "left" as const, cells: ["i".repeat(26)], whole: true },
      { title: "note", align: "left" as const, cells: ["n".repeat(30)] },
      { title: "first", align: "right" as const, cells: ["1"], optional: true },
      { title: "last", align: "right" as const, cells: ["2"], optional: true },
    ];
    const heads = (width: number): string => renderTable(columns, width).split("\n")[0] ?? "";
    expect(heads(100)).toMatch(/id +note +first +last/);
    expect(heads(62)).toMatch(/id +note +first$/);
    expect(heads(55)).toMatch(/id +note$/);
    expect(renderTable(columns, 20)).toContain("i".repeat(26));
  });

  it("renderTable shows control characters of a caller's names as replacement characters", () => {
    const text = renderTable(
      [{ title: "user", align: "left", cells: ["a\u001b[2Jb\nc\u202e"] }],
      null,
    );
    expect(text.split("\n")[2]).toBe("a\uFFFD[2Jb\uFFFDc\uFFFD");
  });
});

describe("moneyColumn", () => {
  it("moneyColumn always shows rows that add up to the shown total", () => {
    const amounts = fc.array(fc.bigInt({ min: 0n, max: 10n ** 15n }), {
      minLength: 1,
      maxLength: 30,
    });
    const exact = (shown: string): bigint => parseUsd(shown.replace(/[$,]/g, ""));
    fc.assert(
      fc.property(amounts, (picos) => {
        const { rows, total } = moneyColumn(picos.map((pico) => formatUsd(picoUsd(pico))));
        expect(rows.reduce((sum, row) => sum + exact(row), 0n)).toBe(exact(total));
      }),
    );
  });

  it("moneyColumn shows more digits of smaller sums", () => {
    expect(moneyColumn(["1234.5"]).total).toBe("$1,234.50");
    expect(moneyColumn(["1.5"]).total).toBe("$1.5000");
    expect(moneyColumn(["0.000123456"]).total).toBe("$0.000123");
  });
});

describe("figures", () => {
  it("figures read as people write them", () => {
    expect([0, 999, 1_000, 12_345, 123_456, 4_560_000, 7e9].map(compact)).toEqual([
      "0",
      "999",
      "1.00k",
      "12.3k",
      "123k",
      "4.56M",
      "7.00B",
    ]);
    expect(grouped(1_234_567)).toBe("1,234,567");
    expect(share(parseUsd("1"), parseUsd("3"))).toBe("33.3%");
    expect(share(parseUsd("0"), parseUsd("0"))).toBe("-");
  });
});
