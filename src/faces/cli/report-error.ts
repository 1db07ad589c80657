/** Failures as a person or a program reads them, and the exit code that goes with them. */
import { isJsonObject, PurserError } from "../../base/index.ts";
import { EXIT } from "./command.ts";
import type { CommandLineIo } from "./io.ts";
import { styleFor } from "./style.ts";
import { visible } from "./table.ts";

/** Writes to standard error, as JSON where that was asked for. Returns the exit code. */
export function reportError(error: unknown, io: CommandLineIo, json: boolean): number {
  if (!(error instanceof PurserError)) return reportFault(error, io, json);
  if (json) io.writeError(`${JSON.stringify({ error: errorBody(error) })}\n`);
  else io.writeError(describeError(error, io));
  return exitCodeOf(error);
}

/** `{code, what, where, mend, data}`: the same body that the control plane answers. */
function errorBody(error: PurserError): Record<string, unknown> {
  const { code, what, where, mend, data } = error;
  return { code, what, where, mend, data };
}

function describeError(error: PurserError, io: CommandLineIo): string {
  const style = styleFor(io.error);
  const label = style.red("error");
  return issuesOf(error)
    .map(
      ({ code, where, what, mend }) =>
        `${label}: ${where === null ? "" : `${visible(where)}: `}${visible(what)} ${style.dim(`[${code}]`)}\n` +
        `  ${visible(mend)}\n`,
    )
    .join("");
}

type Issue = {
  readonly code: string;
  readonly where: string | null;
  readonly what: string;
  readonly mend: string;
};

/** A wrong configuration names every mistake at once. */
function issuesOf(error: PurserError): readonly Issue[] {
  const listed: unknown = error.data?.issues;
  const whole = { code: error.code, where: error.where, what: error.what, mend: error.mend };
  if (!Array.isArray(listed) || !error.code.startsWith("CONFIG_")) return [whole];
  return listed.filter(isJsonObject).map((issue) => ({
    code: String(issue.code),
    where: String(issue.place),
    what: String(issue.what),
    mend: String(issue.mend),
  }));
}

/** A bug of ours: said as such, with what a report of it needs. */
function reportFault(error: unknown, io: CommandLineIo, json: boolean): number {
  const text = error instanceof Error ? (error.stack ?? error.message) : String(error);
  if (json) {
    const body = { code: "INTERNAL_FAULT", what: text.split("\n")[0] ?? "", where: null };
    io.writeError(`${JSON.stringify({ error: body })}\n`);
  } else {
    io.writeError(`Purser failed by a fault of its own. Please report this:\n${text}\n`);
  }
  return EXIT.failed;
}

function exitCodeOf(error: PurserError): number {
  const config =
    /^(CONFIG_|CATALOGUE_OVERRIDE_INVALID|PRICE_NOT_WHOLE|ALERT_SECRET_|ALERT_TARGET_(?!UNREACHABLE))/;
  if (config.test(error.code)) return EXIT.config;
  const usage = /^(CLI_|OPERATION_|VALUE_|COST_|TRACE_|CACHE_(?!TRAFFIC_)|MODEL_UNKNOWN)/;
  return usage.test(error.code) && error.code !== "CLI_NODE_TOO_OLD" ? EXIT.usage : EXIT.failed;
}
