/** What a step leaves of a recorded prompt, and how much of its tokens that is. */
import type { RecordedBlock, RecordedPrompt } from "./recorded-call.ts";
import type { Lever } from "./steps.ts";

export type ChangedPrompt = {
  readonly prompt: RecordedPrompt;
  /** Of the tokens before, by the estimated sizes of the blocks. */
  readonly share: number;
};

/** `null` when nothing of the prompt changes. */
export function changePrompt(prompt: RecordedPrompt, lever: Lever): ChangedPrompt | null {
  switch (lever.kind) {
    case "trim-tools":
      return keep(prompt, ({ kind, key }) => kind !== "tools" || !isDropped(key, lever.drop));
    case "trim-history":
      return keepFrom(prompt, lever.turnsMax);
    default:
      return null;
  }
}

function isDropped(key: string, drop: "all" | ReadonlySet<string>): boolean {
  if (drop === "all") return true;
  // The key ends with the block's fingerprint; people give its beginning, as reports show it.
  const fingerprint = key.slice(key.lastIndexOf(" ") + 1);
  for (const given of drop) if (fingerprint.startsWith(given)) return true;
  return false;
}

/** The last user turn and `turnsMax` before it. A turn begins with the user and holds what follows. */
function keepFrom(prompt: RecordedPrompt, turnsMax: number): ChangedPrompt | null {
  const { blocks } = prompt;
  const starts: number[] = [];
  let before = "";
  for (const [at, { kind }] of blocks.entries()) {
    if (kind === "user_text" && before !== "user_text") starts.push(at);
    if (kind !== "settings") before = kind;
  }
  const first = starts[Math.max(0, starts.length - 1 - turnsMax)] ?? 0;
  return keep(prompt, (block, at) => at >= first || !isMessage(block));
}

function isMessage({ kind }: RecordedBlock): boolean {
  return kind !== "tools" && kind !== "system" && kind !== "settings";
}

function keep(
  prompt: RecordedPrompt,
  isKept: (block: RecordedBlock, at: number) => boolean,
): ChangedPrompt | null {
  const places = new Map<number, number>();
  const blocks: RecordedBlock[] = [];
  let all = 0;
  let kept = 0;
  prompt.blocks.forEach((block, at) => {
    all += block.weight;
    if (!isKept(block, at)) return;
    kept += block.weight;
    places.set(at, blocks.length);
    blocks.push(block);
  });
  if (blocks.length === prompt.blocks.length || all <= 0) return null;
  const markers = prompt.markers.flatMap(({ block, lifetime }) => {
    const moved = places.get(block);
    return moved === undefined ? [] : [{ block: moved, lifetime }];
  });
  const share = kept / all;
  const tailTokens = Math.round(prompt.tailTokens * share);
  return { prompt: { blocks, tailTokens, markers }, share };
}
