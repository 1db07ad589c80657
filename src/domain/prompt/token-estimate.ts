/**
 * Token counts of a prompt, reckoned here from bytes. A likely figure for what-if and for the rest of
 * a cut stream; an upper bound for worst cases. Both are estimates and never join a bill.
 */
import { type EstimatedTokenCount, estimatedTokenCount } from "../../base/index.ts";
import type { TokenizerFamily } from "../catalogue/index.ts";
import { base64Head } from "./base64-head.ts";
import { imageSize } from "./image-size.ts";
import type { PromptBlock } from "./prompt-block.ts";

/** What the estimate needs of a block; a stored block has no content, and then bytes alone count. */
export type EstimableBlock = Pick<PromptBlock, "type" | "section" | "content" | "bytes">;

export type TokenEstimate = {
  /** The likely count. */
  readonly likely: EstimatedTokenCount;
  /** A count that the true one does not pass: no text token is shorter than a byte. */
  readonly atMost: EstimatedTokenCount;
};

type ImageTier = { readonly longEdge: number; readonly tokensMax: number };

/** Bytes a token, as the provider's documentation gives them for English text and prose. */
const TEXT_BYTES_PER_TOKEN: Readonly<Record<TokenizerFamily, number>> = {
  "claude-2": 3.6,
  "claude-3": 3.4,
  "claude-4.7": 2.6,
};
/** JSON and code come out shorter: about three quarters of that. */
const STRUCTURE_FACTOR = 0.75;

const STANDARD_IMAGES: ImageTier = { longEdge: 1_568, tokensMax: 1_568 };
const LARGE_IMAGES: ImageTier = { longEdge: 2_576, tokensMax: 4_784 };
const IMAGE_CELL_PIXELS = 28;
/** Enough of an image to reach the size, past the largest usual JPEG preview. */
const IMAGE_HEAD_BYTES = 65_536;

/** Pages of a PDF are guessed from its size; each costs text and an image. */
const PDF_BYTES_PER_PAGE = 50_000;
const PDF_TEXT_TOKENS_PER_PAGE = 2_000;
const PDF_TEXT_TOKENS_PER_PAGE_MAX = 3_000;
const PDF_PAGES_MAX = 600;

/**
 * What the provider adds and does not list: roles and separators for each block; what thinking,
 * citations or a schema for the output bring along. Measured on recorded calls, and rounded up.
 */
const FRAME_TOKENS_PER_BLOCK = 8;
const FRAME_TOKENS_MAX = 500;
/** The provider's own tool-use prompt; it is on the price page, by model. */
const TOOL_PROMPT_TOKENS = 500;
const TOOL_PROMPT_TOKENS_MAX = 810;
/** Definitions that the provider writes itself: computer, browser, editor. The largest is 6,600. */
const PROVIDER_TOOL_TOKENS_MAX = 7_000;
const BASE64_FIELD = '"data":"';

/** `outputFormatBytes` is the size of a schema for the output: it is put into the prompt. */
export function estimatePromptTokens(
  blocks: readonly EstimableBlock[],
  tokenizer: TokenizerFamily,
  outputFormatBytes = 0,
): TokenEstimate {
  let likely = outputFormatBytes / (TEXT_BYTES_PER_TOKEN[tokenizer] * STRUCTURE_FACTOR);
  let atMost = FRAME_TOKENS_MAX + outputFormatBytes;
  let hasTools = false;
  for (const block of blocks) {
    const estimate = estimateBlock(block, tokenizer);
    likely += estimate.likely;
    atMost += estimate.atMost + FRAME_TOKENS_PER_BLOCK;
    hasTools ||= block.section === "tools";
  }
  return {
    likely: estimatedTokenCount(Math.ceil(likely) + (hasTools ? TOOL_PROMPT_TOKENS : 0)),
    atMost: estimatedTokenCount(Math.ceil(atMost) + (hasTools ? TOOL_PROMPT_TOKENS_MAX : 0)),
  };
}

/** The likely number of tokens in so many bytes of plain text. */
export function estimateTextTokens(bytes: number, tokenizer: TokenizerFamily): EstimatedTokenCount {
  return estimatedTokenCount(Math.ceil(bytes / TEXT_BYTES_PER_TOKEN[tokenizer]));
}

/** The likely number of tokens in one block. */
export function estimateBlockTokens(
  block: EstimableBlock,
  tokenizer: TokenizerFamily,
): EstimatedTokenCount {
  return estimatedTokenCount(Math.ceil(estimateBlock(block, tokenizer).likely));
}

function estimateBlock(
  block: EstimableBlock,
  tokenizer: TokenizerFamily,
): { readonly likely: number; readonly atMost: number } {
  const perToken = TEXT_BYTES_PER_TOKEN[tokenizer];
  const ratio = block.type === "text" ? perToken : perToken * STRUCTURE_FACTOR;
  const media = mediaIn(block, tokenizer);
  const bytes = Math.max(0, block.bytes - media.bytes);
  const provided = block.section === "tools" && isProviderTool(block.content);
  return {
    likely: bytes / ratio + media.likely,
    atMost: bytes + media.atMost + (provided ? PROVIDER_TOOL_TOKENS_MAX : 0),
  };
}

function isProviderTool(content: string): boolean {
  return /"type":"(?!custom")/.test(content.slice(0, 2_000)) && !content.includes('"input_schema"');
}

/** Base64 inside a block: its bytes are not text, and cost as an image or as pages. */
function mediaIn(block: EstimableBlock, tokenizer: TokenizerFamily) {
  const total = { bytes: 0, likely: 0, atMost: 0 };
  if (block.type === "text" || !block.content.includes('"base64"')) return total;
  const tier = tokenizer === "claude-4.7" ? LARGE_IMAGES : STANDARD_IMAGES;
  let from = block.content.indexOf(BASE64_FIELD);
  while (from !== -1) {
    const start = from + BASE64_FIELD.length;
    const quote = block.content.indexOf('"', start);
    const end = quote === -1 ? block.content.length : quote;
    const cost = mediaCost(block.content, { start, end }, tier);
    total.bytes += end - start;
    total.likely += cost.likely;
    total.atMost += cost.atMost;
    from = block.content.indexOf(BASE64_FIELD, end);
  }
  return total;
}

function mediaCost(
  content: string,
  { start, end }: { readonly start: number; readonly end: number },
  tier: ImageTier,
): { readonly likely: number; readonly atMost: number } {
  if (content.startsWith("JVBERi", start)) return pdfCost(end - start, tier);
  const head = base64Head(content.slice(start, end), 0, IMAGE_HEAD_BYTES);
  const size = imageSize(head);
  const tokens = size === null ? tier.tokensMax : imageTokens(size.width, size.height, tier);
  return { likely: tokens, atMost: Math.max(tokens, size === null ? tier.tokensMax : 0) };
}

/** A page costs at least some bytes, so a PDF has at most so many pages; the API refuses above 600. */
function pdfCost(base64Characters: number, tier: ImageTier) {
  const bytes = (base64Characters * 3) / 4;
  const pages = Math.max(1, Math.ceil(bytes / PDF_BYTES_PER_PAGE));
  return {
    likely: pages * (PDF_TEXT_TOKENS_PER_PAGE + STANDARD_IMAGES.tokensMax),
    atMost: PDF_PAGES_MAX * (PDF_TEXT_TOKENS_PER_PAGE_MAX + tier.tokensMax),
  };
}

/** `ceil(w/28) * ceil(h/28)` after the image is scaled down to what its tier allows. */
export function imageTokens(width: number, height: number, tier: ImageTier): number {
  const edge = Math.min(1, tier.longEdge / Math.max(width, height, 1));
  const cells = (scale: number): number =>
    Math.ceil((width * scale) / IMAGE_CELL_PIXELS) *
    Math.ceil((height * scale) / IMAGE_CELL_PIXELS);
  return Math.min(tier.tokensMax, Math.max(1, cells(edge)));
}
