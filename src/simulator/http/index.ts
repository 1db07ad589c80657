/**
 * simulator/http: requests in, answers out, over real sockets.
 *
 * Answers:   who calls with which version; the body; how an answer or an error is sent.
 * Promises:  every exchange is watched to its end and recorded once; bodies are bounded.
 * Does not:  know what a Messages call means.
 * Start at:  exchange.ts.
 */
export {
  API_VERSIONS,
  type ApiVersion,
  authenticate,
  DEFAULT_WORKSPACE,
  readBetas,
  readVersion,
} from "./authenticate.ts";
export { chooseEncoding, compressorFor } from "./compress.ts";
export { type Billed, type CallFacts, Exchange, idLetters } from "./exchange.ts";
export { pageOf } from "./page.ts";
export { BATCH_BODY_BYTES_MAX, REQUEST_BODY_BYTES_MAX, readBody } from "./read-body.ts";
export { type Answer, commonHeaders, sendFailure, sendJson } from "./send.ts";
