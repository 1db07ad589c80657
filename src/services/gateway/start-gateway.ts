/** Starts the data plane: one port, `/v1/*` only, no console and no cookies. */
import { createHmac } from "node:crypto";
import {
  createServer,
  type IncomingHttpHeaders,
  type IncomingMessage,
  type Server,
  type ServerResponse,
} from "node:http";
import type { AddressInfo, Socket } from "node:net";
import type { Duplex } from "node:stream";
import { type Clock, type FillRandom, PurserError } from "../../base/index.ts";
import { compileShowback } from "../../domain/billing/index.ts";
import { NO_LIMITS, NO_POLICIES } from "../../domain/policy/index.ts";
import type { BatchStore, LedgerWriter, VirtualKey } from "../../stores/contracts/index.ts";
import { BatchReservations, createPromptTree, keySecretOf } from "../exchange/index.ts";
import { compileKeyRing, EMPTY_KEY_RING, keyInTarget } from "./access/index.ts";
import { Autopilot } from "./autopilot/index.ts";
import { carryBatchCall } from "./batches/index.ts";
import { BudgetKeeper } from "./budgets/index.ts";
import { Counters, type GatewayCounters } from "./counters.ts";
import { answerDeferred, type DeferralDesk } from "./deferral/index.ts";
import type { BudgetGate, GatewayContext, GatewayRules } from "./gateway-context.ts";
import { handleCall } from "./handle-call.ts";
import { HeldBodies } from "./held-bodies.ts";
import { DEFAULT_KEEP_ALIVE_LIMITS, KeepAlive, type KeepAliveLimits } from "./keep-alive/index.ts";
import { CallLimiter } from "./limits/index.ts";
import { type GatewayLog, limitedLog } from "./log.ts";
import { passOn } from "./pass-on.ts";
import { pooledRandom } from "./pooled-random.ts";
import { RecentAttempts } from "./recent-attempts.ts";
import { rawRefusal, refuse } from "./refuse.ts";
import { type Route, routeOf } from "./routes.ts";
import { RunningAnswers } from "./running-answers.ts";
import type { GatewaySettings } from "./settings.ts";
import { connectUpstream } from "./upstream.ts";

export type GatewayOptions = {
  readonly settings: GatewaySettings;
  readonly ledger: LedgerWriter;
  /** What may be spent; nothing is bounded by default. */
  readonly budgets?: BudgetGate;
  readonly clock: Clock;
  readonly fillRandom: FillRandom;
  /** Where batches are remembered until their results are seen; without it they pass unmetered. */
  readonly batches?: BatchStore;
  /** What is set aside for the requests of batches; shared by all who send them. */
  readonly reservations?: BatchReservations;
  /** Who keeps calls that can wait for a batch. */
  readonly deferral?: DeferralDesk;
  /** How much may be kept alive by calls of Purser's own. */
  readonly keepAliveLimits?: KeepAliveLimits;
  /** Keys the fingerprints of API keys and prompt blocks. Never logged, never sent. */
  readonly installationSecret: Uint8Array;
  readonly log: GatewayLog;
} & StartingRules;

/** Nothing is shown to customers, and nothing is done to traffic or limited, by default. */
type StartingRules = Pick<GatewayRules, "catalogue" | "versions"> & Partial<GatewayRules>;

export type RunningGateway = {
  readonly url: string;
  readonly port: number;
  /**
   * Takes no new calls, lets running answers finish for up to `graceMs`, then ends and settles the
   * rest. Resolves when every exchange is settled; the ledger is the caller's to close. Harmless to
   * repeat.
   */
  readonly close: (options: { readonly graceMs: number }) => Promise<void>;
  readonly counters: () => GatewayCounters;
  /** From now on these virtual keys hold, and no others. Calls on their way keep what they had. */
  readonly useKeys: (keys: readonly VirtualKey[]) => void;
  /** From now on calls begin under these rules; calls on their way end under those they began with. */
  readonly useRules: (rules: GatewayRules) => void;
  /**
   * Makes the calls that are due to keep prefixes alive; resolves when they are settled. To be called every
   * few seconds: what is later than that is not made.
   */
  readonly keepAlive: (signal?: AbortSignal) => Promise<void>;
};

/** Errors: `GATEWAY_SETTINGS_INVALID`, `GATEWAY_PORT_UNUSABLE`. */
export async function startGateway(options: GatewayOptions): Promise<RunningGateway> {
  const { catalogue, clock, log } = options;
  const budgets = options.budgets ?? new BudgetKeeper({ catalogue, clock, log, charges: null });
  const policies = options.policies ?? NO_POLICIES;
  const context: GatewayContext = {
    ...options,
    policies,
    keyRing: EMPTY_KEY_RING,
    budgets,
    reservations: options.reservations ?? new BatchReservations(budgets),
    fillRandom: pooledRandom(options.fillRandom),
    keySecret: keySecretOf(options.installationSecret),
    showback: options.showback ?? compileShowback([]),
    log: limitedLog(options.log, options.clock),
    upstream: connectUpstream(options.settings),
    prompts: createPromptTree(options.installationSecret),
    autopilot: new Autopilot({
      policies,
      catalogue: options.catalogue,
      digest: keyedDigest(options.installationSecret),
    }),
    limiter: new CallLimiter({ catalogue, clock, limits: options.limits ?? NO_LIMITS }),
    keepAlive: new KeepAlive(options.keepAliveLimits ?? DEFAULT_KEEP_ALIVE_LIMITS),
    counters: new Counters(),
    attempts: new RecentAttempts(),
    answers: new RunningAnswers(),
    batches: options.batches ?? null,
    deferral: options.deferral ?? null,
    bodies: new HeldBodies(options.settings.requestBodiesBytesMax),
  };
  const gateway = new Gateway(context);
  await gateway.listen();
  return gateway;
}

/** Draws the arms of an experiment: nobody who does not hold the secret can tell them beforehand. */
function keyedDigest(secret: Uint8Array): (text: string) => string {
  return (text) => createHmac("sha256", secret).update(text).digest("hex");
}

/** How often Node looks for connections past their time limits. */
const CONNECTIONS_CHECKED_EVERY_MS = 1_000;
/** How long a settlement may take once its answer has been ended. */
const SETTLE_AT_CLOSE_MS_MAX = 10_000;

class Gateway implements RunningGateway {
  /** Read once for each call. */
  #context: GatewayContext;
  readonly #server: Server;
  /** What each connection is being answered; `null` when it asked for more than one thing at once. */
  readonly #answering = new WeakMap<Duplex, ServerResponse | null>();
  #closing: Promise<void> | null = null;
  #onIdle: (() => void) | null = null;

  constructor(context: GatewayContext) {
    this.#context = context;
    const { settings } = context;
    this.#server = createServer({
      maxHeaderSize: settings.requestHeaderBytesMax,
      headersTimeout: settings.clientHeaderTimeoutMs,
      requestTimeout: settings.clientRequestTimeoutMs,
      keepAliveTimeout: settings.clientKeepAliveMs,
      connectionsCheckingInterval: CONNECTIONS_CHECKED_EVERY_MS,
      noDelay: true,
    });
    this.#server.maxConnections = settings.clientConnectionsMax;
    // Node drops lines above its own limit without a word; ours refuses the request instead.
    this.#server.maxHeadersCount = 0;
    context.answers.onEmpty(() => this.#tellIfIdle());
    this.#server.on("request", (request, response) => this.#onRequest(request, response));
    // An expectation that Node does not know would be answered by Node itself, without a code.
    this.#server.on("checkExpectation", (request, response) => this.#onRequest(request, response));
    this.#server.on("clientError", (error, socket) => this.#onParseError(error, socket));
  }

  get port(): number {
    return (this.#server.address() as AddressInfo | null)?.port ?? 0;
  }

  get url(): string {
    const { host } = this.#context.settings;
    return `http://${host.includes(":") ? `[${host}]` : host}:${this.port}`;
  }

  readonly counters = (): GatewayCounters => {
    const { counters, keepAlive } = this.#context;
    counters.keptPrompts = keepAlive.promptsKept;
    counters.keptPromptsBytes = keepAlive.bytesKept;
    return counters.read();
  };

  readonly useKeys = (keys: readonly VirtualKey[]): void => {
    this.#context = { ...this.#context, keyRing: compileKeyRing(keys) };
  };

  readonly useRules = (rules: GatewayRules): void => {
    const { catalogue, showback, policies, limits, versions } = rules;
    const at = this.#context.clock.now();
    const autopilot = this.#context.autopilot.under({ catalogue, policies, at });
    const limiter = this.#context.limiter.under({ catalogue, limits });
    this.#context = { ...this.#context, catalogue, showback, versions, autopilot, limiter };
  };

  readonly keepAlive = (signal?: AbortSignal): Promise<void> =>
    this.#context.keepAlive.run(() => this.#context, signal);

  readonly close = ({ graceMs }: { readonly graceMs: number }): Promise<void> => {
    this.#closing ??= this.#shutDown(graceMs);
    return this.#closing;
  };

  listen(): Promise<void> {
    const { host, port } = this.#context.settings;
    return new Promise((resolve, reject) => {
      this.#server.once("error", (error: NodeJS.ErrnoException) => {
        const what = `cannot listen on ${host}:${port} (${error.code ?? error.message})`;
        reject(new PurserError("GATEWAY_PORT_UNUSABLE", { what, cause: error }));
      });
      this.#server.listen({ host, port }, () => resolve());
    });
  }

  #onRequest(request: IncomingMessage, response: ServerResponse): void {
    const { counters, settings } = this.#context;
    counters.requests += 1;
    counters.inFlight += 1;
    const { socket } = request;
    this.#answering.set(socket, this.#answering.has(socket) ? null : response);
    response.once("close", () => this.#onResponseClose(socket));
    const refusal = this.#refusalOf(request);
    if (refusal !== null) {
      counters.refusal(refusal.code);
      refuse(response, { ...refusal, exchange: null }, true);
      return;
    }
    const route = routeOf(request.method ?? "", pathOf(request.url ?? ""));
    if (counters.inFlight > settings.concurrentCallsMax) {
      counters.refusal("GATEWAY_BUSY");
      const what = `the gateway already carries ${settings.concurrentCallsMax} calls`;
      refuse(response, { code: "GATEWAY_BUSY", what, exchange: null }, true);
      return;
    }
    this.#carry(route, request, response);
  }

  #carry(route: Route, request: IncomingMessage, response: ServerResponse): void {
    if (route.kind === "metered") {
      handleCall(this.#context, request, response, route.path).catch((error: unknown) =>
        this.#onFault(error, response),
      );
    } else if (route.kind === "batch" && this.#context.batches !== null) {
      const store = this.#context.batches;
      carryBatchCall(this.#context, { request, response, store, ...route }).catch(
        (error: unknown) => this.#onFault(error, response),
      );
    } else if (route.kind === "deferred" && this.#context.deferral !== null) {
      const desk = this.#context.deferral;
      answerDeferred(this.#context, desk, { request, response, ...route }).catch((error: unknown) =>
        this.#onFault(error, response),
      );
    } else if (route.kind === "passed" || route.kind === "batch") {
      passOn(this.#context, request, response, route.path);
    } else {
      this.#context.counters.refusal("GATEWAY_PATH_UNKNOWN");
      const what = "only paths under /v1/ are served here";
      refuse(response, { code: "GATEWAY_PATH_UNKNOWN", what, exchange: null }, true);
    }
  }

  #refusalOf(request: IncomingMessage) {
    const { requestHeaderCountMax } = this.#context.settings;
    if (this.#closing !== null) {
      return { code: "GATEWAY_CLOSING", what: "the gateway is shutting down" } as const;
    }
    if (request.rawHeaders.length / 2 > requestHeaderCountMax) {
      const what = `the request has more than ${requestHeaderCountMax} header lines`;
      return { code: "GATEWAY_HEADERS_TOO_LARGE", what } as const;
    }
    if (keyInTarget(request.url ?? "")) {
      const what = "a key stands in the URL, where logs keep it; it was not forwarded";
      return { code: "GATEWAY_KEY_IN_URL", what } as const;
    }
    const what = unsupportedIn(request.headers);
    return what === null ? null : ({ code: "GATEWAY_REQUEST_UNSUPPORTED", what } as const);
  }

  #onResponseClose(socket: Socket): void {
    this.#answering.delete(socket);
    this.#context.counters.inFlight -= 1;
    this.#tellIfIdle();
  }

  #onFault(error: unknown, response: ServerResponse): void {
    const reason = error instanceof Error ? (error.stack ?? error.message).slice(0, 1_000) : "";
    const message = "a fault of the gateway ended a call";
    this.#context.log({ level: "error", event: "gateway-fault", message, data: { reason } });
    this.#context.counters.refusal("GATEWAY_FAULT");
    if (response.headersSent) response.destroy();
    const what = "the gateway failed on this call";
    refuse(response, { code: "GATEWAY_FAULT", what, exchange: null }, true);
  }

  /** What could not be parsed is answered in the API's own shape too, where an answer is possible. */
  #onParseError(error: Error & { code?: string }, socket: Duplex): void {
    const current = this.#answering.get(socket);
    if (current?.writableEnded === true) {
      // It was answered already, by its head alone: the answer is still to leave.
      socket.end();
      return;
    }
    const hasBegun = current === null || current?.headersSent === true;
    if (error.code === "ECONNRESET" || !socket.writable || hasBegun) {
      socket.destroy();
      return;
    }
    const code = PARSE_ERRORS[error.code ?? ""] ?? "GATEWAY_REQUEST_MALFORMED";
    this.#context.counters.refusal(code);
    const what = `the request could not be read (${error.code ?? "unknown"})`;
    socket.end(rawRefusal({ code, what, exchange: null }));
  }

  async #shutDown(graceMs: number): Promise<void> {
    const { answers, upstream } = this.#context;
    const closed = new Promise<void>((resolve) => this.#server.close(() => resolve()));
    this.#server.closeIdleConnections();
    this.#context.autopilot.stampede.releaseAll();
    this.#context.limiter.waiting.close();
    this.#context.keepAlive.beginClosing();
    answers.beginClosing();
    await this.#untilIdle(graceMs);
    answers.endAll();
    await this.#untilIdle(SETTLE_AT_CLOSE_MS_MAX);
    this.#server.closeAllConnections();
    await closed;
    await upstream.close();
    // A keep-alive call that was under way ends with its connection, and is settled.
    await this.#context.keepAlive.idle();
  }

  #untilIdle(withinMs: number): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(() => this.#onIdle?.(), withinMs);
      this.#onIdle = () => {
        clearTimeout(timer);
        this.#onIdle = null;
        resolve();
      };
      this.#tellIfIdle();
    });
  }

  #tellIfIdle(): void {
    if (this.#onIdle === null) return;
    if (this.#context.counters.inFlight === 0 && this.#context.answers.size === 0) this.#onIdle();
  }
}

const PARSE_ERRORS: Readonly<
  Record<string, "GATEWAY_HEADERS_TOO_LARGE" | "GATEWAY_REQUEST_TIMEOUT" | undefined>
> = {
  HPE_HEADER_OVERFLOW: "GATEWAY_HEADERS_TOO_LARGE",
  ERR_HTTP_REQUEST_TIMEOUT: "GATEWAY_REQUEST_TIMEOUT",
};

/** What the gateway would have to do for this request and cannot; `null` when there is nothing. */
function unsupportedIn(headers: IncomingHttpHeaders): string | null {
  const { expect } = headers;
  if (expect !== undefined && expect.toLowerCase() !== "100-continue") {
    return "the request expects something other than 100-continue";
  }
  const coding = headers["transfer-encoding"];
  if (coding !== undefined && coding.toLowerCase() !== "chunked") {
    return "the request's body is in a transfer coding other than chunked";
  }
  return null;
}

/** A client that takes us for a proxy sends the whole URL. */
function pathOf(target: string): string {
  if (target.startsWith("/")) return target;
  const url = URL.canParse(target) ? new URL(target) : null;
  return url === null ? "" : url.pathname + url.search;
}
