/** One row of the error catalogue. */
export type ErrorDefinition = {
  /** What it means, for the reference page; one sentence. */
  readonly meaning: string;
  /** The HTTP status with which a face answers it. */
  readonly status: number;
  /** What the person who reads it can do. */
  readonly mend: string;
};
