/** A client that keeps what the byte-for-byte promise is judged by: hashes of what it sent and got. */
import { createHash } from "node:crypto";
import { type Agent, request } from "undici";

export type DayCall = {
  readonly body: string;
  readonly headers: Readonly<Record<string, string>>;
  /** Leaves after the first bytes of the answer. */
  readonly leaves: boolean;
};

/** What one client lived through. */
export type CallStory = {
  readonly requestId: string | null;
  readonly status: number | null;
  readonly sentSha256: string;
  readonly gotSha256: string;
  /** Whether the answer came to its end as HTTP knows it. */
  readonly ended: boolean;
};

export async function tellCall(gateway: string, agent: Agent, call: DayCall): Promise<CallStory> {
  const got = createHash("sha256");
  const leave = new AbortController();
  const told = { requestId: null, status: null, sentSha256: sha256(call.body) };
  try {
    const response = await request(`${gateway}/v1/messages`, {
      method: "POST",
      dispatcher: agent,
      headers: { ...call.headers, "content-type": "application/json" },
      body: call.body,
      signal: leave.signal,
    });
    const { "request-id": requestId } = response.headers;
    const seen = {
      ...told,
      status: response.statusCode,
      requestId: typeof requestId === "string" ? requestId : null,
    };
    try {
      for await (const chunk of response.body) {
        got.update(chunk);
        if (call.leaves) leave.abort();
      }
      return { ...seen, gotSha256: got.digest("hex"), ended: true };
    } catch {
      return { ...seen, gotSha256: got.digest("hex"), ended: false };
    }
  } catch {
    return { ...told, gotSha256: got.digest("hex"), ended: false };
  }
}

function sha256(text: string): string {
  return createHash("sha256").update(text).digest("hex");
}
