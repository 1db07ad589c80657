/** A plan as TypeScript for the official SDK: one function that puts the markers on a request. */
import type { ShapeMarker } from "../../../domain/prompt-cache/index.ts";
import type { LocatedRequest } from "./located-blocks.ts";

const HEAD = `import type Anthropic from "@anthropic-ai/sdk";

type Request = Anthropic.MessageCreateParamsNonStreaming;
`;

const LIFETIME = `type Lifetime = "5m" | "1h";
`;

const MARK = `/** The block at \`index\` gets a cache marker; a negative index counts from the end. */
function marked<Block extends object>(
  blocks: readonly Block[],
  index: number,
  lifetime: Lifetime,
): Block[] {
  const at = index < 0 ? blocks.length + index : index;
  const cache_control = { type: "ephemeral", ttl: lifetime } as const;
  return blocks.map((block, place) => (place === at ? { ...block, cache_control } : block));
}
`;

const BLOCKS = `function blocksOf<Block>(content: string | readonly Block[]) {
  return typeof content === "string" ? [{ type: "text" as const, text: content }] : [...content];
}
`;

const WITH_CONTENT = `function withContent(
  message: Anthropic.MessageParam,
  content: readonly Anthropic.ContentBlockParam[],
): Anthropic.MessageParam {
  return { ...message, content } as Anthropic.MessageParam;
}
`;

const MARK_MESSAGE = `function markedMessage(
  messages: readonly Anthropic.MessageParam[],
  index: number,
  block: number,
  lifetime: Lifetime,
): Anthropic.MessageParam[] {
  const at = messages.length + index;
  return messages.map((message, place) =>
    place === at
      ? withContent(message, marked(blocksOf(message.content), block, lifetime))
      : message,
  );
}
`;

/** `request` is the edited one; `markers` count in its blocks. */
export function renderCode(
  request: LocatedRequest,
  markers: readonly ShapeMarker[],
  movedText: string | null,
): string {
  return renderStatements(
    markers.map((marker) => statementFor(request, marker)),
    movedText,
  );
}

/** The same for traffic: at the ends of tools, system and messages. */
export function renderPlaces(
  places: readonly { readonly part: Statement["part"]; readonly lifetime: "5m" | "1h" }[],
): string {
  const statements = places.map(({ part, lifetime }): Statement => {
    const text =
      part === "messages"
        ? `  messages = markedMessage(messages, -1, -1, "${lifetime}");`
        : `  ${part} = marked(${part}, -1, "${lifetime}");`;
    return { part, text };
  });
  return renderStatements(statements, null);
}

function renderStatements(lines: readonly Statement[], movedText: string | null): string {
  const parts = [...new Set(lines.map(({ part }) => part))];
  const signature =
    movedText === null
      ? "export function withCaching(request: Request): Request {"
      : "export function withCaching(request: Request, volatileText: string): Request {";
  const fields = [...new Set([...parts, ...(movedText === null ? [] : ["messages" as const])])];
  const body = [
    ...(parts.includes("tools") ? ["  let tools = [...(request.tools ?? [])];"] : []),
    ...(parts.includes("system") ? ["  let system = blocksOf(request.system ?? []);"] : []),
    ...(fields.includes("messages") ? ["  let messages = [...request.messages];"] : []),
    ...lines.map(({ text }) => text),
    ...(movedText === null ? [] : APPEND),
    fields.length === 0 ? "  return request;" : `  return { ...request, ${fields.join(", ")} };`,
  ];
  return [
    HEAD,
    ...(lines.length > 0 ? [LIFETIME, MARK] : []),
    ...(fields.some((part) => part !== "tools") ? [BLOCKS] : []),
    ...(fields.includes("messages") ? [WITH_CONTENT] : []),
    ...(parts.includes("messages") ? [MARK_MESSAGE] : []),
    ...commentFor(movedText),
    signature,
    ...body,
    "}",
    "",
  ].join("\n");
}

const APPEND = [
  "  const last = messages.pop();",
  '  const text = { type: "text" as const, text: volatileText };',
  "  if (last !== undefined) {",
  "    messages = [...messages, withContent(last, [...blocksOf(last.content), text])];",
  "  }",
];

function commentFor(movedText: string | null): readonly string[] {
  if (movedText === null)
    return ["/** Puts the planned cache markers on a request of this shape. */"];
  const lines = movedText.replaceAll("*/", "* /").split("\n");
  return [
    "/**",
    " * Puts the planned cache markers on a request of this shape. Build its system prompt without these",
    " * lines, and hand them in for each call:",
    " *",
    ...lines.map((line) => ` *     ${line}`.trimEnd()),
    " */",
  ];
}

type Statement = { readonly part: "tools" | "system" | "messages"; readonly text: string };

function statementFor(request: LocatedRequest, marker: ShapeMarker): Statement {
  const block = request.blocks[marker.block];
  const lifetime = JSON.stringify(marker.lifetime);
  const [, part = "", first = "0", , inner = "0"] = (block?.pointer ?? "").split("/");
  if (part === "messages") {
    const messages = Array.isArray(request.body.messages) ? request.body.messages.length : 0;
    const index = Number(first) - messages;
    const text = `  messages = markedMessage(messages, ${index}, ${Number(inner)}, ${lifetime});`;
    return { part, text };
  }
  const name = part === "tools" ? "tools" : "system";
  return { part: name, text: `  ${name} = marked(${name}, ${Number(first)}, ${lifetime});` };
}
