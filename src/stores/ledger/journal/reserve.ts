/** Space kept back in the journal's folder, so that calls in flight can be settled when the disk is full. */
import { statSync } from "node:fs";
import { join } from "node:path";
import { type Disk, writeAll } from "./disk.ts";

const RESERVE_BYTES = 4 * 1024 * 1024;

export class Reserve {
  private readonly disk: Disk;
  private readonly path: string;

  constructor(disk: Disk, folder: string) {
    this.disk = disk;
    this.path = join(folder, "reserve");
  }

  isThere(): boolean {
    return statSync(this.path, { throwIfNoEntry: false })?.size === RESERVE_BYTES;
  }

  /** Throws when the disk has not that much. */
  make(): void {
    const file = this.disk.open(this.path);
    try {
      this.disk.truncate(file, 0);
      writeAll(this.disk, file, Buffer.alloc(RESERVE_BYTES), 0);
      this.disk.syncNow(file);
    } finally {
      this.disk.close(file);
    }
  }

  drop(): void {
    try {
      this.disk.unlink(this.path);
    } catch {
      // It is not there: given up before, or never made.
    }
  }
}
