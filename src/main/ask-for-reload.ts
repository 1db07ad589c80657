/** Has the Purser that holds the data directory reload, by its control plane. */
import { isErrorCode, isJsonObject, PurserError } from "../base/index.ts";
import type { LoadedConfig } from "../config/index.ts";
import { type ReloadReport, reload } from "../operations/index.ts";
import { readHolder } from "../stores/data-directory/index.ts";
import { reasonOf } from "./log.ts";
import { isAlive } from "./probes.ts";

const TIMEOUT_MS = 30_000;

/** Errors: those of the reload itself, and `RELOAD_*`. */
export async function askForReload(
  { data, control }: LoadedConfig,
  signal: AbortSignal,
): Promise<ReloadReport> {
  const holder = readHolder(data.directory);
  if (holder === null || holder.control === null || !isAlive(holder.pid)) {
    const what = "no running Purser has said where its control plane is";
    throw new PurserError("RELOAD_NOT_RUNNING", { what, where: data.directory });
  }
  const { pid } = holder;
  if (control.token === null) {
    const what = `process ${pid} made its token at its start, and this command does not know it`;
    const mend = `Set PURSER_CONTROL_TOKEN to the token that \`purser up\` printed, or run: kill -HUP ${pid}`;
    throw new PurserError("RELOAD_TOKEN_UNKNOWN", { what, mend });
  }
  const url = `${holder.control}/api/${reload.path.join("/")}`;
  const answer = await post(url, { token: control.token, signal, pid });
  const report = reload.output.safeParse(answer);
  if (report.success) return report.data;
  throw errorIn(answer) ?? unanswered(pid, url, "what it answered is no report of a reload");
}

type Asking = { readonly token: string; readonly signal: AbortSignal; readonly pid: number };

async function post(url: string, { token, signal, pid }: Asking): Promise<unknown> {
  try {
    const response = await fetch(url, {
      method: "POST",
      redirect: "error",
      headers: { authorization: `Bearer ${token}`, "content-type": "application/json" },
      body: "{}",
      signal: AbortSignal.any([signal, AbortSignal.timeout(TIMEOUT_MS)]),
    });
    return await response.json();
  } catch (error) {
    throw unanswered(pid, url, reasonOf(error));
  }
}

/** The running process's own error, as if it had been found here. */
function errorIn(answer: unknown): PurserError | null {
  const error = isJsonObject(answer) ? answer.error : null;
  if (!isJsonObject(error)) return null;
  const { code, what, where, mend, data } = error;
  if (!isErrorCode(code)) return null;
  return new PurserError(code, {
    what: String(what),
    mend: String(mend),
    ...(typeof where === "string" ? { where } : {}),
    ...(isJsonObject(data) ? { data } : {}),
  });
}

function unanswered(pid: number, where: string, reason: string): PurserError {
  const mend = `Run: kill -HUP ${pid}, and look into its log for what became of it.`;
  return new PurserError("RELOAD_UNANSWERED", {
    what: `process ${pid} did not answer: ${reason}`,
    ...{ where, mend },
  });
}
