/** A unified diff of two texts by lines, by Myers' greedy algorithm: time grows with what differs. */

const CONTEXT_LINES = 3;
/** Lines that may differ before the diff gives up and replaces all of the middle. */
const DIFFERENCES_MAX = 2_000;

type Step = { readonly kind: " " | "-" | "+"; readonly line: string };

export function unifiedDiff(
  before: string,
  after: string,
  names: { readonly before: string; readonly after: string },
): string {
  if (before === after) return "";
  const steps = stepsBetween(before.split("\n"), after.split("\n"));
  const hunks = hunksOf(steps);
  return [`--- ${names.before}`, `+++ ${names.after}`, ...hunks.flat(), ""].join("\n");
}

function stepsBetween(left: readonly string[], right: readonly string[]): readonly Step[] {
  let start = 0;
  while (start < left.length && start < right.length && left[start] === right[start]) start += 1;
  let leftEnd = left.length;
  let rightEnd = right.length;
  while (leftEnd > start && rightEnd > start && left[leftEnd - 1] === right[rightEnd - 1]) {
    leftEnd -= 1;
    rightEnd -= 1;
  }
  const same = (line: string): Step => ({ kind: " ", line });
  return [
    ...left.slice(0, start).map(same),
    ...middle(left.slice(start, leftEnd), right.slice(start, rightEnd)),
    ...left.slice(leftEnd).map(same),
  ];
}

/** The shortest way from one list of lines to the other. */
function middle(left: readonly string[], right: readonly string[]): readonly Step[] {
  const trail: Map<number, number>[] = [];
  let frontier = new Map<number, number>([[1, 0]]);
  for (
    let distance = 0;
    distance <= Math.min(DIFFERENCES_MAX, left.length + right.length);
    distance += 1
  ) {
    trail.push(frontier);
    const next = new Map<number, number>(frontier);
    for (let diagonal = -distance; diagonal <= distance; diagonal += 2) {
      let x = startOf(frontier, diagonal, distance);
      while (x < left.length && x - diagonal < right.length && left[x] === right[x - diagonal])
        x += 1;
      next.set(diagonal, x);
      if (x >= left.length && x - diagonal >= right.length) return walkBack(trail, left, right);
    }
    frontier = next;
  }
  return [
    ...left.map((line): Step => ({ kind: "-", line })),
    ...right.map((line): Step => ({ kind: "+", line })),
  ];
}

function startOf(
  frontier: ReadonlyMap<number, number>,
  diagonal: number,
  distance: number,
): number {
  const below = frontier.get(diagonal - 1) ?? -1;
  const above = frontier.get(diagonal + 1) ?? -1;
  return diagonal === -distance || (diagonal !== distance && below < above) ? above : below + 1;
}

function walkBack(
  trail: readonly ReadonlyMap<number, number>[],
  left: readonly string[],
  right: readonly string[],
): readonly Step[] {
  const steps: Step[] = [];
  let [x, y] = [left.length, right.length];
  for (let distance = trail.length - 1; distance >= 0; distance -= 1) {
    const frontier = trail[distance] ?? new Map<number, number>();
    const diagonal = x - y;
    const below = frontier.get(diagonal - 1) ?? -1;
    const above = frontier.get(diagonal + 1) ?? -1;
    const down = diagonal === -distance || (diagonal !== distance && below < above);
    const fromX = down ? above : below;
    const fromY = fromX - (down ? diagonal + 1 : diagonal - 1);
    while (x > Math.max(fromX, 0) && y > Math.max(fromY, 0) && left[x - 1] === right[y - 1]) {
      if (x === fromX + (down ? 0 : 1) && y === fromY + (down ? 1 : 0)) break;
      x -= 1;
      y -= 1;
      steps.push({ kind: " ", line: left[x] ?? "" });
    }
    if (distance === 0) break;
    if (down) {
      y -= 1;
      steps.push({ kind: "+", line: right[y] ?? "" });
    } else {
      x -= 1;
      steps.push({ kind: "-", line: left[x] ?? "" });
    }
  }
  return steps.reverse();
}

function hunksOf(steps: readonly Step[]): readonly (readonly string[])[] {
  const hunks: string[][] = [];
  let at = 0;
  const numbers = numbersOf(steps);
  while (at < steps.length) {
    if (steps[at]?.kind === " ") {
      at += 1;
      continue;
    }
    const from = Math.max(0, at - CONTEXT_LINES);
    const end = hunkEnd(steps, at);
    hunks.push(hunkText(steps.slice(from, end), numbers[from] ?? { left: 1, right: 1 }));
    at = end;
  }
  return hunks;
}

/** Where the changes that begin at `at` are over, with their context. */
function hunkEnd(steps: readonly Step[], at: number): number {
  let lastChange = at;
  for (let index = at; index < steps.length; index += 1) {
    if (steps[index]?.kind !== " ") lastChange = index;
    else if (index - lastChange > 2 * CONTEXT_LINES) break;
  }
  return Math.min(steps.length, lastChange + CONTEXT_LINES + 1);
}

type LineNumbers = { readonly left: number; readonly right: number };

function numbersOf(steps: readonly Step[]): readonly LineNumbers[] {
  let [left, right] = [1, 1];
  return steps.map(({ kind }) => {
    const numbers = { left, right };
    if (kind !== "+") left += 1;
    if (kind !== "-") right += 1;
    return numbers;
  });
}

function hunkText(steps: readonly Step[], { left, right }: LineNumbers): string[] {
  const lefts = steps.filter(({ kind }) => kind !== "+").length;
  const rights = steps.filter(({ kind }) => kind !== "-").length;
  const head = `@@ -${left},${lefts} +${right},${rights} @@`;
  return [head, ...steps.map(({ kind, line }) => `${kind}${line}`)];
}
