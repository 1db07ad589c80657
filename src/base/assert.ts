/** A broken promise inside Purser: a bug of ours, never a fault of the caller. */
export class AssertionFailure extends Error {
  override readonly name = "AssertionFailure";
}

/** Throws {@link AssertionFailure} when `condition` is false. For bugs, not for bad input. */
export function assert(condition: boolean, message: string): asserts condition {
  if (!condition) throw new AssertionFailure(message);
}

/** Closes a switch over a union: the compiler proves that it cannot be reached. */
export function unreachable(value: never): never {
  throw new AssertionFailure(`unreachable value: ${JSON.stringify(value)}`);
}
