/** Changes at known offsets of a body. Every byte outside of them stays as it is. */

/** The bytes from `start` to `end` give way to `text`, which is ASCII. */
export type Edit = { readonly start: number; readonly end: number; readonly text: string };

export function applyEdits(
  body: Uint8Array,
  edits: readonly Edit[],
  allocate = (bytes: number): Uint8Array => new Uint8Array(bytes),
): Uint8Array {
  const ordered = edits.toSorted((left, right) => left.start - right.start);
  let size = body.length;
  for (const { start, end, text } of ordered) size += text.length - (end - start);
  const result = allocate(size);
  let from = 0;
  let to = 0;
  for (const { start, end, text } of ordered) {
    result.set(body.subarray(from, start), to);
    to += start - from;
    // What is put in is ASCII.
    for (let index = 0; index < text.length; index += 1)
      result[to + index] = text.charCodeAt(index);
    to += text.length;
    from = end;
  }
  result.set(body.subarray(from), to);
  return result;
}
