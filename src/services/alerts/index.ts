/**
 * alerts: tells those who asked for it that something is wrong.
 *
 * Answers:   an alert, once in a cool-down, to every webhook that wants its kind; whether a webhook is
 *            genuine.
 * Promises:  what was raised is sent until it arrives, is refused or is given up, through restarts;
 *            signed with its time; never into a private network unless allowed, by the very address
 *            that was checked; no redirect followed; no secret in a log.
 * Does not:  find trouble (others do), keep anything but through its store.
 * Start at:  alert-desk.ts, then send-webhook.ts.
 */
export {
  type AlertDesk,
  type AlertDeskOptions,
  ATTEMPTS_MAX,
  makeAlertDesk,
  type TestResult,
  type Trouble,
  testTarget,
} from "./alert-desk.ts";
export { isPrivateAddress } from "./private-network.ts";
export {
  makeSendWebhook,
  SEND_TIMEOUT_MS,
  type SendWebhook,
  type Webhook,
} from "./send-webhook.ts";
export {
  DELIVERY_HEADER,
  SIGNATURE_HEADER,
  signWebhook,
  verifyWebhook,
  type WebhookQuestion,
  type WebhookVerdict,
} from "./webhook-signature.ts";
export { type AlertTarget, checkTarget, type Resolve } from "./webhook-target.ts";
