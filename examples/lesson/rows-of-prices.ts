/** Claims about prices: per token, per model, per day. */
import {
  cost,
  day,
  dollars,
  estimate,
  grouped,
  HAIKU,
  lastPrompt,
  OPUS,
  percent,
  type Row,
  SONNET,
  tokens,
  total,
  year,
} from "./row.ts";
import { TODAY } from "./run-command.ts";

const NOW = ["--at", TODAY];

export const ROWS_OF_PRICES: readonly Row[] = [
  {
    claim: "Output of the largest model costs about 60 times that of the smallest.",
    verdict: "right",
    runs: {
      opus: cost("tokens-million-out.json", OPUS),
      haiku: cost("tokens-million-out.json", HAIKU),
    },
    figures: (answers) => [
      ["a million tokens of output on Claude 3 Opus", dollars(total(answers, "opus"))],
      ["on Claude 3 Haiku", dollars(total(answers, "haiku"))],
      ["ratio", String(total(answers, "opus") / total(answers, "haiku"))],
    ],
    says: "75 over 1.25 is 60.",
  },
  {
    claim: "On each of the three models output costs five times as much as input.",
    verdict: "right",
    runs: {
      opusIn: cost("tokens-million-in.json", OPUS),
      opusOut: cost("tokens-million-out.json", OPUS),
      sonnetIn: cost("tokens-million-in.json", SONNET),
      sonnetOut: cost("tokens-million-out.json", SONNET),
      haikuIn: cost("tokens-million-in.json", HAIKU),
      haikuOut: cost("tokens-million-out.json", HAIKU),
      models: ["models", ...NOW],
    },
    figures: (answers) => [
      ["Claude 3 Opus", String(total(answers, "opusOut") / total(answers, "opusIn"))],
      ["Claude 3.5 Sonnet", String(total(answers, "sonnetOut") / total(answers, "sonnetIn"))],
      ["Claude 3 Haiku", String(total(answers, "haikuOut") / total(answers, "haikuIn"))],
      ["ratios of all models that are sold today", ratiosOf(answers.models?.models)],
    ],
    says: "It is so to this day, on every model that is sold.",
  },
  {
    claim: "2,000 tokens of output cost as much as 10,000 of input.",
    verdict: "right",
    runs: {
      out: cost("tokens-2000-out.json", SONNET),
      in: cost("tokens-10000-in.json", SONNET),
    },
    figures: (answers) => [
      ["2,000 tokens of output on Claude 3.5 Sonnet", dollars(total(answers, "out"))],
      ["10,000 tokens of input", dollars(total(answers, "in"))],
    ],
    says: "It follows from the five.",
  },
  {
    claim:
      "A million calls a day of 500 output tokens, moved from Sonnet to Haiku, save about $7,375 a day and $2.7M a year.",
    verdict: "half right",
    runs: {
      sonnet: estimate("million-calls-output.yaml", SONNET),
      haiku: estimate("million-calls-output.yaml", HAIKU),
      sonnetBoth: estimate("million-calls-output-and-input.yaml", SONNET),
      haikuBoth: estimate("million-calls-output-and-input.yaml", HAIKU),
    },
    figures: (answers) => [
      ["output alone, a day", dollars(day(answers, "sonnet") - day(answers, "haiku"))],
      ["output alone, a year", dollars(year(answers, "sonnet") - year(answers, "haiku"))],
      [
        "with 182 tokens of input a call, a day",
        dollars(day(answers, "sonnetBoth") - day(answers, "haikuBoth")),
      ],
      [
        "with 182 tokens of input a call, a year",
        dollars(year(answers, "sonnetBoth") - year(answers, "haikuBoth")),
      ],
    ],
    says: "The output alone saves less. The figure needs about 182 tokens of input a call besides, which are not mentioned.",
  },
  {
    claim: "A system prompt of 2,000 tokens on a million calls is two billion input tokens a day.",
    verdict: "right",
    runs: {
      haiku: estimate("system-prompt.yaml", HAIKU),
      sonnet: estimate("system-prompt.yaml", SONNET),
      opus: estimate("system-prompt.yaml", OPUS),
    },
    figures: (answers) => [
      ["input tokens a day", grouped(tokens(answers, "haiku").input ?? 0)],
      ["Claude 3 Haiku, a day", dollars(day(answers, "haiku"))],
      ["Claude 3.5 Sonnet, a day", dollars(day(answers, "sonnet"))],
      ["Claude 3 Opus, a day", dollars(day(answers, "opus"))],
    ],
    says: "Every call pays for it again, unless it is cached.",
  },
  {
    claim:
      "With messages of 200 tokens the history is 2,000 tokens by the tenth turn and 4,000 by the twentieth.",
    verdict: "half right",
    runs: {
      messages10: estimate("ten-messages.yaml", SONNET),
      messages20: estimate("twenty-messages.yaml", SONNET),
      turns10: estimate("ten-turns.yaml", SONNET),
      turns20: estimate("twenty-turns.yaml", SONNET),
    },
    figures: (answers) => [
      ["a turn is one message: the tenth call carries", grouped(lastPrompt(answers, "messages10"))],
      ["the twentieth", grouped(lastPrompt(answers, "messages20"))],
      ["a turn is a message and its answer: the tenth", grouped(lastPrompt(answers, "turns10"))],
      ["the twentieth", grouped(lastPrompt(answers, "turns20"))],
      ["ten such calls together", grouped(tokens(answers, "turns10").input ?? 0)],
      ["twenty", grouped(tokens(answers, "turns20").input ?? 0)],
    ],
    says: "It holds where a turn is one message. With answers the history is nearly twice as long, and all calls together grow with the square of the turns.",
  },
  {
    claim: "A PDF of ten pages adds 5,000 to 8,000 tokens.",
    verdict: "right then",
    runs: {
      least: estimate("pdf-least.yaml", "claude-sonnet-5-5", NOW),
      most: estimate("pdf-most.yaml", "claude-sonnet-5-5", NOW),
    },
    figures: (answers) => [
      [
        "least, with an image of 1,000 by 1,000 pixels a page",
        grouped(tokens(answers, "least").input ?? 0),
      ],
      ["most", grouped(tokens(answers, "most").input ?? 0)],
      [
        "on Claude Sonnet 5.5, each time it is sent",
        `${dollars(day(answers, "least"), 4)} to ${dollars(day(answers, "most"), 4)}`,
      ],
    ],
    says: "Low today: a page is 1,500 to 3,000 tokens of text, and an image besides.",
  },
  {
    claim: "Haiku is about 95% cheaper than Opus.",
    verdict: "wrong",
    runs: {
      opus: cost("tokens-million-both.json", OPUS),
      haiku: cost("tokens-million-both.json", HAIKU),
    },
    figures: (answers) => [
      ["a million in and out on Claude 3 Opus", dollars(total(answers, "opus"))],
      ["on Claude 3 Haiku", dollars(total(answers, "haiku"))],
      ["cheaper by", percent(1 - total(answers, "haiku") / total(answers, "opus"))],
    ],
    says: "On these prices it is more.",
  },
  {
    claim: "Claude 3 Haiku costs a thirtieth of Claude 1 at its launch.",
    verdict: "not checked",
    runs: { claude1: cost("tokens-million-both.json", "claude-1.3", ["--at", "2023-03-14"]) },
    figures: (answers) => [
      ["a bill on Claude 1.3", String(answers.claude1?.kind)],
      ["because", String(answers.claude1?.message)],
    ],
    says: "The catalogue knows the model and no sourced price of it, and says so rather than guess.",
  },
];

function ratiosOf(models: unknown): string {
  const listed = models as readonly {
    readonly price: {
      readonly usd_per_mtok: { readonly input: string; readonly output: string };
    } | null;
  }[];
  const ratios = listed.flatMap(({ price }) =>
    price === null ? [] : [Number(price.usd_per_mtok.output) / Number(price.usd_per_mtok.input)],
  );
  const rounded = ratios.map((ratio) => Number(ratio.toFixed(6)));
  return [...new Set(rounded)].join(", ");
}
