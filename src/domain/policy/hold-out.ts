/**
 * Which traffic is left alone, so that a saving can be measured. Calls that share a prefix share a
 * cache, so they are not independent: the unit is a prefix root in a block of time.
 */
import { assert, HOUR_MS } from "../../base/index.ts";

/**
 * Six of the longest lifetimes. What one block leaves in the cache is read, and so kept alive, in the
 * next: in blocks of two hours that made a saving look a tenth smaller than it was.
 */
export const TIME_BLOCK_MS = 6 * HOUR_MS;
/** How long what the block before left behind is taken to be at work: one of the longest lifetimes. */
export const CARRY_OVER_MS = HOUR_MS;

export type HoldOutQuestion = {
  /** Stands for the first blocks of the prompt, which all that could share a cache have in common. */
  readonly root: string;
  readonly atMs: number;
  readonly seed: number;
  /** Share that is left alone, 0 to 1. */
  readonly holdOut: number;
  /** A keyed hash, as hex of at least thirteen characters. It comes in as a value. */
  readonly digest: (text: string) => string;
};

export type ArmName = "apply" | "hold-out";
export type Arm = {
  readonly name: ArmName;
  /** The unit it was drawn for: `ROOT-BLOCK`. */
  readonly unit: string;
};

const ROOT_CHARACTERS = 16;
/** Thirteen hex characters are 52 bits: exact in a number. */
const DRAW_CHARACTERS = 13;

/** The same root, block and seed always give the same arm; every lever asks here. */
export function assignArm(question: HoldOutQuestion): Arm {
  const { root, atMs, seed, holdOut, digest } = question;
  const unit = `${root.slice(0, ROOT_CHARACTERS)}-${Math.floor(atMs / TIME_BLOCK_MS)}`;
  if (holdOut <= 0) return { name: "apply", unit };
  const hex = digest(`${seed}|${unit}`).slice(0, DRAW_CHARACTERS);
  const draw = Number.parseInt(hex, 16) / 16 ** DRAW_CHARACTERS;
  assert(draw >= 0 && draw < 1, "a draw is a share");
  return { name: draw < holdOut ? "hold-out" : "apply", unit };
}

/** The arm as the ledger keeps it: `hold-out/ROOT-BLOCK`. */
export function formatArm(arm: Arm): string {
  return `${arm.name}/${arm.unit}`;
}

/** Inverse of {@link formatArm}; `null` for a text that is no arm of this kind. */
export function parseArm(text: string): Arm | null {
  const match = /^(apply|hold-out)\/(.+)$/.exec(text);
  const [, name, unit] = match ?? [];
  if (unit === undefined) return null;
  return { name: name === "apply" ? "apply" : "hold-out", unit };
}
