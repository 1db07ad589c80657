/**
 * `installation.json`: the id and the secret of one installation, written once, readable by its
 * owner alone. Its checksum finds a flipped bit: a changed secret would change every fingerprint.
 */
import { closeSync, fsyncSync, openSync, readFileSync, renameSync, writeSync } from "node:fs";
import { join } from "node:path";
import { crc32 } from "node:zlib";
import type { FillRandom } from "../../base/index.ts";
import { isJsonObject, PurserError } from "../../base/index.ts";
import { guarded, systemCode } from "./failure.ts";

/** The format of the data directory as a whole. A newer one is refused, an older one is read. */
export const DIRECTORY_VERSION = 1;
const SECRET_BYTES = 32;
const ID_BYTES = 16;

export type Installation = { readonly installation: string; readonly secret: Uint8Array };

/** The installation of `directory`, made on first use. Errors: `LEDGER_VERSION_NEWER`, `LEDGER_DAMAGED`. */
export function readOrCreateInstallation(
  directory: string,
  fillRandom: FillRandom,
  createdAt: string,
): Installation {
  const path = join(directory, "installation.json");
  return guarded(path, () => {
    const text = readIfThere(path);
    if (text !== null) return parseInstallation(path, text);
    const made = {
      installation: randomHex(ID_BYTES, fillRandom),
      secret: new Uint8Array(SECRET_BYTES),
    };
    fillRandom(made.secret);
    writeNew(path, formatInstallation(made, createdAt));
    return made;
  });
}

/** The installation of a directory that has one. Errors: `LEDGER_VERSION_NEWER`, `LEDGER_DAMAGED`, `LEDGER_FORBIDDEN`. */
export function readInstallation(directory: string): Installation {
  const path = join(directory, "installation.json");
  return guarded(path, () => parseInstallation(path, readFileSync(path, "utf8")));
}

function readIfThere(path: string): string | null {
  try {
    return readFileSync(path, "utf8");
  } catch (error) {
    if (systemCode(error) === "ENOENT") return null;
    throw error;
  }
}

function formatInstallation(made: Installation, createdAt: string): string {
  const secret = Buffer.from(made.secret).toString("hex");
  const body = { version: DIRECTORY_VERSION, installation: made.installation, secret, createdAt };
  return `${JSON.stringify({ ...body, checksum: checksumOf(made.installation, secret) }, null, 2)}\n`;
}

function parseInstallation(path: string, text: string): Installation {
  const value = parseObject(text);
  const version = value?.version;
  if (typeof version === "number" && version > DIRECTORY_VERSION) {
    const what = `the directory has format ${version}, this Purser knows up to ${DIRECTORY_VERSION}`;
    throw new PurserError("LEDGER_VERSION_NEWER", { what, where: path });
  }
  const installation = value?.installation;
  const secret = value?.secret;
  const whole =
    typeof installation === "string" &&
    typeof secret === "string" &&
    value?.checksum === checksumOf(installation, secret);
  if (!whole) {
    throw new PurserError("LEDGER_DAMAGED", {
      what: "its content or checksum is wrong",
      where: path,
    });
  }
  return { installation, secret: Uint8Array.from(Buffer.from(secret, "hex")) };
}

function parseObject(text: string): Readonly<Record<string, unknown>> | null {
  try {
    const value: unknown = JSON.parse(text);
    return isJsonObject(value) ? value : null;
  } catch {
    return null;
  }
}

/** Written beside and renamed, so that a crash leaves no half installation behind. */
function writeNew(path: string, text: string): void {
  const beside = `${path}.new`;
  const file = openSync(beside, "w", 0o600);
  writeSync(file, text);
  fsyncSync(file);
  closeSync(file);
  renameSync(beside, path);
}

function checksumOf(installation: string, secret: string): string {
  return crc32(`${installation}:${secret}`).toString(16).padStart(8, "0");
}

function randomHex(bytes: number, fillRandom: FillRandom): string {
  const buffer = new Uint8Array(bytes);
  fillRandom(buffer);
  return Buffer.from(buffer).toString("hex");
}
