/**
 * Where a batch object's `results_url` names its host. The URL is absolute, so a client that follows
 * it would leave the way it came by.
 */
export type ResultsUrlPlace = {
  /** Byte offsets of what stands before `/v1/`: `https://api.anthropic.com`. */
  readonly start: number;
  readonly end: number;
};

const KEY = Buffer.from('"results_url"');
const BATCHES_PATH = /^(https?:\/\/[^"\\\s]+?)\/v1\/messages\/batches\/[^/"\\\s]+\/results$/;

/** The places in a body, in order; none where the URL is null or of another form. */
export function findResultsUrl(body: Buffer): readonly ResultsUrlPlace[] {
  const places: ResultsUrlPlace[] = [];
  for (let key = body.indexOf(KEY); key !== -1; key = body.indexOf(KEY, key + KEY.length)) {
    const place = placeBehind(body, key + KEY.length);
    if (place !== null) places.push(place);
  }
  return places;
}

function placeBehind(body: Buffer, from: number): ResultsUrlPlace | null {
  const opening = /^\s*:\s*"/.exec(body.subarray(from, from + 64).toString("latin1"))?.[0];
  if (opening === undefined) return null;
  const start = from + opening.length;
  const end = body.indexOf('"', start);
  if (end === -1) return null;
  const url = BATCHES_PATH.exec(body.subarray(start, end).toString("latin1"));
  const origin = url?.[1];
  return origin === undefined ? null : { start, end: start + origin.length };
}
