/** Every figure of the lesson's page, by hand where the prices give it, held here as a literal. */
import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { checkRow, lessonPage, ROWS } from "./index.ts";

/** By row: the verdict and the figures, in order. */
const EXPECTED: readonly (readonly [verdict: string, figures: readonly string[]])[] = [
  // Output of the largest model costs about 60 times that of the smallest.
  ["right", ["$75.00", "$1.25", "60"]],
  // On each of the three models output costs five times as much as input.
  ["right", ["5", "5", "5", "5"]],
  // 2,000 tokens of output cost as much as 10,000 of input.
  ["right", ["$0.03", "$0.03"]],
  // A million calls a day of 500 output tokens, moved from Sonnet to Haiku, save about $7,375 a day and
  ["half right", ["$6,875.00", "$2,509,375.00", "$7,375.50", "$2,692,057.50"]],
  // A system prompt of 2,000 tokens on a million calls is two billion input tokens a day.
  ["right", ["2,000,000,000", "$500.00", "$6,000.00", "$30,000.00"]],
  // With messages of 200 tokens the history is 2,000 tokens by the tenth turn and 4,000 by the twentieth
  ["half right", ["2,000", "4,000", "3,800", "7,800", "20,000", "80,000"]],
  // A PDF of ten pages adds 5,000 to 8,000 tokens.
  ["right then", ["27,960", "77,840", "$0.0559 to $0.1557"]],
  // Haiku is about 95% cheaper than Opus.
  ["wrong", ["$90.00", "$1.50", "98.3%"]],
  // Claude 3 Haiku costs a thirtieth of Claude 1 at its launch.
  ["not checked", ["unpriced", "no price of claude-1.3 is known for 2023-03-14"]],
  // Ten questions about a contract of 25,000 tokens send 250,000; caching saves about 90% of the documen
  ["wrong", ["250,000", "2.15", "78.5%", "89.4%"]],
  // A cache write costs 1.25 and a hit 0.10 of fresh input, and it pays after 1.39 hits.
  ["wrong", ["1.25", "0.10", "0.28", "2.00", "1.11", "0.050", "0.26", "0.025"]],
  // An entry lives for five minutes, and each use renews it.
  ["right", ["3,600,000", "0", "0", "2,400,000", "2,400,000"]],
  // The shortest prefix that is cached is 1,024 tokens, on Haiku 2,048.
  [
    "right then",
    ["not cached, cached", "not cached, cached", "not cached, cached", "not cached, cached"],
  ],
  // A cache belongs to one API key.
  ["right then", ["calls and conversations of one workload share one workspace, and so its cache"]],
  // A batch holds up to 10,000 requests, at half price.
  ["right then", ["$700.00", "$350.00"]],
  // Triage by a small model saves 60 to 80%.
  ["depends", ["$10.50", "80.0%", "70.8%", "43.3%"]],
  // What costs $1,000 on Opus in real time can cost less than $3: 99.7% saved.
  [
    "depends",
    [
      "$999.936",
      "73.7%",
      "$16.666",
      "$8.333",
      "$2.941",
      "99.71%",
      "$5.330",
      "99.47%",
      "$5.437",
      "71.1%",
      "72.7%",
    ],
  ],
];

describe("the lesson", () => {
  it.each(ROWS.map((row, at) => [row.claim, row, EXPECTED[at]] as const))(
    "the lesson's claim is checked by commands: %s",
    async (_, row, expected) => {
      const checked = await checkRow(row);
      expect([checked.row.verdict, checked.figures.map(([, value]) => value)]).toEqual(expected);
    },
  );

  it("the lesson's page is printed from its rows; if this fails, run `npm run docs`", async () => {
    expect(readFileSync("docs/lesson.md", "utf8")).toBe(await lessonPage());
  });
});
