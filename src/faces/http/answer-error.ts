/** Failures as answers. A fault of ours is a 500 that shows nothing of the inside. */
import { errorDefinition, PurserError } from "../../base/index.ts";

export type ErrorBody = {
  readonly error: {
    readonly code: string;
    readonly what: string;
    readonly where: string | null;
    readonly mend: string;
    readonly data: Readonly<Record<string, unknown>> | null;
  };
};

export type ErrorAnswer = {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: ErrorBody;
};

export function answerError(
  error: unknown,
  onFault: (fault: { readonly id: string; readonly error: unknown }) => void,
): ErrorAnswer {
  if (!(error instanceof PurserError)) return answerFault(error, onFault);
  const { code, what, where, mend, data, status } = error;
  const headers: Readonly<Record<string, string>> =
    status === 401 ? { "www-authenticate": 'Bearer realm="purser"' } : {};
  return { status, headers, body: { error: { code, what, where, mend, data } } };
}

function answerFault(
  error: unknown,
  onFault: (fault: { readonly id: string; readonly error: unknown }) => void,
): ErrorAnswer {
  const id = crypto.randomUUID();
  onFault({ id, error });
  const { status, mend } = errorDefinition("INTERNAL_FAULT");
  const what = "Purser failed by a fault of its own";
  return {
    status,
    headers: {},
    body: { error: { code: "INTERNAL_FAULT", what, where: null, mend, data: { id } } },
  };
}
