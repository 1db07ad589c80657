/**
 * Tokens of images and documents ("token counting: images"): one for each 28 x 28 pixels, rounded
 * up, after scaling down to the model's tier.
 */
import { isJsonObject, type JsonObject, type JsonValue } from "../../base/index.ts";
import { countText, type Tokenizer } from "./count-text.ts";
import { imageSize, type PixelSize } from "./image-size.ts";

export type MediaTier = { readonly tokenizer: Tokenizer; readonly highResolution: boolean };

/** What an image costs whose pixels cannot be seen: behind a URL, a file id, or an unknown format. */
export const UNSEEN_IMAGE_TOKENS = 1_500;
/** Text tokens of a PDF page (1,500 to 3,000 in the documentation). */
export const PDF_TEXT_TOKENS_PER_PAGE = 2_000;
const PDF_PAGE: PixelSize = { width: 1_224, height: 1_584 };
const PATCH_PIXELS = 28;
const HIGH_TIER = { edgePixels: 2_576, tokensMax: 4_784 };
const STANDARD_TIER = { edgePixels: 1_568, tokensMax: 1_568 };

export function countImage(source: JsonValue | undefined, tier: MediaTier): number {
  if (!isJsonObject(source) || typeof source.data !== "string") return UNSEEN_IMAGE_TOKENS;
  const size = imageSize(Buffer.from(source.data.slice(0, 262_144), "base64"));
  return size === null ? UNSEEN_IMAGE_TOKENS : tokensOfPixels(size, tier);
}

/** 1000 x 1000 is 1,296 tokens; 1920 x 1080 is 2,691 at high resolution, 1,560 at standard. */
export function tokensOfPixels(size: PixelSize, tier: MediaTier): number {
  const { edgePixels, tokensMax } = tier.highResolution ? HIGH_TIER : STANDARD_TIER;
  let scale = Math.min(1, edgePixels / Math.max(size.width, size.height));
  let tokens = patches(size, scale);
  for (let round = 0; tokens > tokensMax && round < 1_000; round += 1) {
    scale *= 0.995;
    tokens = patches(size, scale);
  }
  return Math.min(tokens, tokensMax);
}

function patches(size: PixelSize, scale: number): number {
  const wide = Math.ceil(Math.max(1, Math.floor(size.width * scale)) / PATCH_PIXELS);
  const high = Math.ceil(Math.max(1, Math.floor(size.height * scale)) / PATCH_PIXELS);
  return wide * high;
}

export function countDocument(source: JsonValue | undefined, tier: MediaTier): number {
  if (!isJsonObject(source)) return 0;
  if (source.type === "text") return countText(String(source.data ?? ""), tier.tokenizer);
  if (source.type === "content") return countText(JSON.stringify(source.content), tier.tokenizer);
  return pdfPages(source) * (PDF_TEXT_TOKENS_PER_PAGE + tokensOfPixels(PDF_PAGE, tier));
}

function pdfPages(source: JsonObject): number {
  if (typeof source.data !== "string") return 1;
  const text = Buffer.from(source.data, "base64").toString("latin1");
  return Math.max(1, text.match(/\/Type\s*\/Page(?![s\w])/g)?.length ?? 1);
}
