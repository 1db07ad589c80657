/** The system calls that the journal makes, as a value, so that a test can let a disk fail. */
import {
  closeSync,
  constants,
  fdatasync,
  fdatasyncSync,
  fsyncSync,
  ftruncateSync,
  openSync,
  unlinkSync,
  writeSync,
} from "node:fs";

export type Disk = {
  /** Opens for writing, creating when absent, readable by the owner alone. */
  readonly open: (path: string) => number;
  /** Returns how many bytes were taken, which may be fewer than given. */
  readonly write: (file: number, bytes: Buffer, position: number) => number;
  readonly truncate: (file: number, length: number) => void;
  readonly syncNow: (file: number) => void;
  readonly sync: (file: number, done: (error: Error | null) => void) => void;
  readonly close: (file: number) => void;
  readonly unlink: (path: string) => void;
  /** Makes names in `folder` durable. */
  readonly syncFolder: (folder: string) => void;
};

export const REAL_DISK: Disk = {
  open: (path) => openSync(path, constants.O_WRONLY | constants.O_CREAT, 0o600),
  write: (file, bytes, position) => writeSync(file, bytes, 0, bytes.length, position),
  truncate: ftruncateSync,
  syncNow: fdatasyncSync,
  sync: fdatasync,
  close: closeSync,
  unlink: unlinkSync,
  syncFolder: (folder) => {
    const file = openSync(folder, "r");
    try {
      fsyncSync(file);
    } finally {
      closeSync(file);
    }
  },
};

/** Writes all of `bytes` or throws; a short write is followed by another. */
export function writeAll(disk: Disk, file: number, bytes: Buffer, position: number): void {
  for (let done = 0; done < bytes.length; ) {
    done += disk.write(file, done === 0 ? bytes : bytes.subarray(done), position + done);
  }
}
