import type { ErrorDefinition } from "../code-definition.ts";

export const GATEWAY_ERRORS = {
  GATEWAY_PATH_UNKNOWN: {
    meaning: "The gateway was asked for a path outside /v1/, or one that is not in plain form.",
    status: 404,
    mend: "Give the client the gateway's address without a path; the console is on another port.",
  },
  GATEWAY_REQUEST_MALFORMED: {
    meaning: "The request is not well-formed HTTP, so nothing was forwarded.",
    status: 400,
    mend: "Send one Content-Length at most, and no control characters in header lines.",
  },
  GATEWAY_REQUEST_UNSUPPORTED: {
    meaning:
      "The request asks for a part of HTTP that the gateway does not do; nothing was forwarded.",
    status: 400,
    mend: "Send no Expect but 100-continue, and no Transfer-Encoding but chunked.",
  },
  GATEWAY_HEADERS_TOO_LARGE: {
    meaning: "The request has more header bytes or header lines than the gateway accepts.",
    status: 431,
    mend: "Send fewer headers, or raise the gateway's header limits.",
  },
  GATEWAY_REQUEST_TIMEOUT: {
    meaning: "The client did not send its whole request in time.",
    status: 408,
    mend: "Send the request again; raise the gateway's request time limit for slow uploads.",
  },
  GATEWAY_KEY_REFUSED: {
    meaning: "The virtual key is unknown, revoked or expired; callers are not told which.",
    status: 401,
    mend: "Ask whoever runs Purser; `purser keys list` shows which keys hold.",
  },
  GATEWAY_KEY_MALFORMED: {
    meaning: "A text that begins as a virtual key does is not a whole one.",
    status: 401,
    mend: "Copy the key again: it begins with purser_ and has 66 characters.",
  },
  GATEWAY_KEY_REQUIRED: {
    meaning: "The gateway takes calls with a virtual key only, and this one brings none.",
    status: 401,
    mend: "Send a virtual key in x-api-key, or set gateway.passThrough to allow.",
  },
  GATEWAY_KEY_IN_URL: {
    meaning: "A key stands in the URL of a request, where proxies and logs keep it.",
    status: 401,
    mend: "Send keys in x-api-key or authorization only, and replace the one that was sent so.",
  },
  GATEWAY_MODEL_NOT_ALLOWED: {
    meaning: "The virtual key is not for the model that the call asks for.",
    status: 403,
    mend: "Ask for a model that the key is for; `purser keys show` lists them.",
  },
  GATEWAY_ENDPOINT_NOT_ALLOWED: {
    meaning: "The virtual key is not for the endpoint that the call names, or it names none.",
    status: 403,
    mend: "Name an endpoint that the key is for in x-purser-endpoint.",
  },
  GATEWAY_PATH_NOT_ALLOWED: {
    meaning:
      "A virtual key that is for certain models or endpoints was used on a path that could spend on others.",
    status: 403,
    mend: "Use /v1/messages, or a key without such bounds.",
  },
  GATEWAY_UPSTREAM_KEY_MISSING: {
    meaning: "A virtual key was used, and Purser has no key of the provider to call with.",
    status: 500,
    mend: "Set PURSER_UPSTREAM_KEY or upstream.keyFile, and start Purser again.",
  },
  GATEWAY_BODY_TOO_LARGE: {
    meaning: "The body of a Messages request is larger than the gateway accepts.",
    status: 413,
    mend: "Send a smaller request; upload large documents by the Files API.",
  },
  GATEWAY_BODIES_FULL: {
    meaning: "The bodies of the requests in flight are as large together as the gateway may hold.",
    status: 529,
    mend: "Try again in a moment; send large documents by the Files API.",
  },
  GATEWAY_BUSY: {
    meaning: "The gateway carries as many calls as it may at once.",
    status: 503,
    mend: "Try again in a moment, or raise the gateway's limit of concurrent calls.",
  },
  GATEWAY_CLOSING: {
    meaning: "The gateway is shutting down and takes no new calls.",
    status: 503,
    mend: "Try again once the gateway has restarted.",
  },
  GATEWAY_LEDGER_REFUSED: {
    meaning: "The ledger cannot be written, so the call was not forwarded.",
    status: 503,
    mend: "Free space on the ledger's disk or mend its permissions; `purser doctor` shows which.",
  },
  GATEWAY_UPSTREAM_UNREACHABLE: {
    meaning: "The upstream could not be reached, or closed before it answered.",
    status: 502,
    mend: "Check the upstream's address and the network between; then try again.",
  },
  GATEWAY_UPSTREAM_GARBLED: {
    meaning: "The upstream answered with something that is not HTTP.",
    status: 502,
    mend: "Check that the upstream's address and port are those of a Claude API.",
  },
  GATEWAY_UPSTREAM_TIMEOUT: {
    meaning: "The upstream did not begin its answer in time.",
    status: 504,
    mend: "Try again, stream the answer, or raise the gateway's first-byte time limit.",
  },
  GATEWAY_SETTINGS_INVALID: {
    meaning: "A setting of the gateway cannot be used.",
    status: 500,
    mend: "Mend the setting that is named, then start again.",
  },
  GATEWAY_PORT_UNUSABLE: {
    meaning: "The gateway cannot listen on its port.",
    status: 500,
    mend: "Choose another port with --port, or stop the process that holds this one.",
  },
  GATEWAY_FAULT: {
    meaning: "A fault of the gateway itself ended the call.",
    status: 500,
    mend: "Report it with the log line of the same exchange.",
  },
} as const satisfies Record<string, ErrorDefinition>;
