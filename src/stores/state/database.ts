/** The tables, as the newest migration leaves them. Times are milliseconds since 1970. */
export type StateDatabase = {
  readonly virtual_keys: VirtualKeyRow;
  readonly key_secrets: KeySecretRow;
  readonly batches: BatchRow;
  readonly batch_items: BatchItemRow;
  readonly budgets: BudgetRow;
  readonly deferred_calls: DeferredCallRow;
  readonly alerts: AlertRow;
  readonly batch_jobs: BatchJobRow;
  readonly batch_job_parts: BatchJobPartRow;
  readonly alert_deliveries: AlertDeliveryRow;
  readonly revisions: RevisionRow;
};

export type AlertRow = {
  readonly id: string;
  readonly key: string;
  readonly kind: string;
  readonly title: string;
  readonly text: string;
  /** JSON. */
  readonly data: string;
  readonly raised_at: bigint;
};

export type AlertDeliveryRow = {
  readonly id: string;
  readonly alert_id: string;
  readonly target: string;
  readonly state: string;
  readonly attempts: bigint;
  /** Of a leased one: when the lease ends. */
  readonly due_at: bigint;
  readonly last_failure: string | null;
};

export type BudgetRow = {
  readonly name: string;
  /** JSON, as it was written. */
  readonly definition: string;
  readonly created_at: bigint;
  readonly changed_at: bigint;
};

export type VirtualKeyRow = {
  readonly id: string;
  readonly name: string;
  readonly owner: string | null;
  readonly user_label: string | null;
  readonly team: string | null;
  readonly user_type: string | null;
  /** JSON. */
  readonly tags: string;
  readonly may_override: bigint;
  /** JSON; null allows all. */
  readonly models: string | null;
  /** JSON; null allows all. */
  readonly endpoints: string | null;
  /** JSON. */
  readonly limits: string;
  readonly created_at: bigint;
  readonly expires_at: bigint | null;
  readonly revoked_at: bigint | null;
};

export type KeySecretRow = {
  readonly digest: string;
  readonly key_id: string;
  readonly hint: string;
  readonly created_at: bigint;
  readonly ends_at: bigint | null;
};

export type BatchRow = {
  readonly creation: string;
  readonly batch: string | null;
  readonly created_at: bigint;
  readonly key_id: string | null;
  /** JSON. */
  readonly attributes: string;
};

export type BatchItemRow = {
  readonly creation: string;
  readonly custom_id: string;
  readonly exchange: string;
  readonly model_asked: string | null;
  readonly max_tokens: bigint | null;
  readonly user_label: string | null;
  readonly worst_input_tokens: bigint;
  readonly worst_output_tokens: bigint | null;
  readonly worst_pico_usd: bigint | null;
  readonly booked: bigint;
};

export type DeferredCallRow = {
  readonly id: string;
  readonly key_id: string;
  /** JSON. */
  readonly attributes: string;
  readonly received_at: bigint;
  readonly deadline_at: bigint;
  readonly api_version: string | null;
  /** JSON. */
  readonly betas: string;
  readonly prefix: string;
  readonly body_bytes: bigint;
  readonly model: string | null;
  /** JSON. */
  readonly worst_in_batch: string;
  /** JSON. */
  readonly worst_in_real_time: string;
  readonly identity: string | null;
  readonly webhook: string | null;
  readonly state: string;
  readonly creation: string | null;
  readonly fell_back: bigint;
  /** Sealed; null once the call is over. */
  readonly body: Uint8Array | null;
  readonly answered_at: bigint | null;
  readonly answer_status: bigint | null;
  readonly answered_by: string | null;
  /** Sealed. */
  readonly answer: Uint8Array | null;
  readonly delivered: bigint;
};

export type BatchJobRow = {
  readonly id: string;
  readonly created_at: bigint;
  readonly source: string | null;
  readonly source_digest: string;
  readonly bad_lines: bigint;
};

export type BatchJobPartRow = {
  readonly job: string;
  readonly number: bigint;
  readonly from_byte: bigint;
  readonly to_byte: bigint;
  readonly from_line: bigint;
  readonly requests: bigint;
  readonly body_bytes: bigint;
  readonly state: string;
  readonly sent_at: bigint | null;
  readonly batch: string | null;
  readonly output: string | null;
  readonly output_end: bigint | null;
};

/** How often the records of a topic were changed. */
export type RevisionRow = { readonly topic: string; readonly revision: bigint };
