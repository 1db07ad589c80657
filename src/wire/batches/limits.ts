/** What the API allows of a batch ("message batches: limits", "message batches: create body"). */
export const BATCH_REQUESTS_MAX = 100_000;
export const BATCH_BODY_BYTES_MAX = 256 * 1024 * 1024;
export const CUSTOM_ID_PATTERN = /^[a-zA-Z0-9_-]{1,64}$/;
