/**
 * The known word nearest to one that was mistyped, for "did you mean": at most a third of its letters
 * may differ (a swap of neighbours counts as one). `null` when none is near.
 */
export function closestWord(word: string, known: Iterable<string>): string | null {
  const given = word.toLowerCase().slice(0, WORD_LENGTH_MAX);
  let best: string | null = null;
  let bestDistance = Math.max(1, Math.floor(given.length / 3)) + 1;
  for (const candidate of known) {
    const distance = editDistance(given, candidate.toLowerCase());
    if (distance < bestDistance) {
      best = candidate;
      bestDistance = distance;
    }
  }
  return best;
}

/** Longer words are cut, so that hostile input costs a bounded amount of work. */
const WORD_LENGTH_MAX = 64;

/** Insertions, deletions, replacements and swaps of neighbours that turn `source` into `target`. */
function editDistance(source: string, target: string): number {
  let beforeLast: number[] = [];
  let last = Array.from({ length: target.length + 1 }, (_, column) => column);
  for (let row = 1; row <= source.length; row += 1) {
    const current = [row];
    for (let column = 1; column <= target.length; column += 1) {
      const same = source[row - 1] === target[column - 1];
      let distance = Math.min(
        (last[column] ?? 0) + 1,
        (current[column - 1] ?? 0) + 1,
        (last[column - 1] ?? 0) + (same ? 0 : 1),
      );
      const swapped =
        source[row - 1] === target[column - 2] && source[row - 2] === target[column - 1];
      if (row > 1 && column > 1 && swapped) {
        distance = Math.min(distance, (beforeLast[column - 2] ?? 0) + 1);
      }
      current.push(distance);
    }
    beforeLast = last;
    last = current;
  }
  return last[target.length] ?? 0;
}
