/** Sends one webhook to the address that was checked, and reads no more of the answer than its status. */
import { lookup } from "node:dns/promises";
import { request as httpRequest } from "node:http";
import { request as httpsRequest } from "node:https";
import { DELIVERY_HEADER, SIGNATURE_HEADER, signWebhook } from "./webhook-signature.ts";
import { type AlertTarget, checkTarget, pinAddress, type Resolve } from "./webhook-target.ts";

export type Webhook = {
  readonly target: AlertTarget;
  /** The same in each retry. */
  readonly delivery: string;
  readonly body: string;
  readonly atMs: number;
  readonly signal: AbortSignal;
};

/** Resolves with the status of the answer. A redirect is an answer like any other: nobody follows it. */
export type SendWebhook = (webhook: Webhook) => Promise<number>;

/** What a receiver has to answer, from the connection on. */
export const SEND_TIMEOUT_MS = 10_000;

export type SendOptions = {
  /** The machine's own by default. */
  readonly resolve?: Resolve;
  readonly timeoutMs?: number;
};

const systemResolve: Resolve = (host) => lookup(host, { all: true });

/** Errors: `ALERT_TARGET_*`, and those of the network. */
export function makeSendWebhook({
  resolve = systemResolve,
  timeoutMs = SEND_TIMEOUT_MS,
}: SendOptions = {}): SendWebhook {
  return async (webhook) => {
    const url = checkTarget(webhook.target);
    const pinned = await pinAddress(webhook.target, url, resolve);
    const signal = AbortSignal.any([webhook.signal, AbortSignal.timeout(timeoutMs)]);
    return send({ ...webhook, signal }, url, pinned);
  };
}

function send(
  { target, delivery, body, atMs, signal }: Webhook,
  url: URL,
  pinned: { readonly address: string; readonly family: number },
): Promise<number> {
  const headers = {
    "content-type": "application/json",
    "content-length": String(Buffer.byteLength(body)),
    "user-agent": "purser",
    [DELIVERY_HEADER]: delivery,
    ...(target.secret === null
      ? {}
      : { [SIGNATURE_HEADER]: signWebhook(target.secret, body, atMs) }),
  };
  const begin = url.protocol === "https:" ? httpsRequest : httpRequest;
  return new Promise((resolve, reject) => {
    const request = begin(url, {
      method: "POST",
      headers,
      agent: false,
      signal,
      lookup: (_, options, done) => {
        if (options.all === true) done(null, [pinned]);
        else done(null, pinned.address, pinned.family);
      },
    });
    request.once("error", reject);
    request.once("response", (response) => {
      resolve(response.statusCode ?? 0);
      response.destroy();
    });
    request.end(body);
  });
}
