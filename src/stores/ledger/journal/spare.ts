/**
 * The next segment's file, filled with zeros beforehand and in the background. A write into such a file
 * changes neither its length nor its blocks, so it does not wait for a sync that is running on it, and
 * the sync itself has less to do. Without a spare the journal grows its file, slower and just as safe.
 */
import { mkdirSync, renameSync, statSync } from "node:fs";
import { open, rename, rm, statfs } from "node:fs/promises";
import { join } from "node:path";

/**
 * Bytes of zeros written before they are synced. A disk takes this much in little more than the time of any
 * sync, so that few other syncs wait behind it and none of them long.
 */
const STEP_BYTES = 1024 * 1024;
/** A spare is made only where this many of its kind would fit. */
const FREE_SPARES_MIN = 16;

export class Spare {
  private readonly folder: string;
  private readonly bytes: number;
  private state: "none" | "making" | "ready" = "none";
  private stopped = false;
  private making: Promise<void> = Promise.resolve();

  constructor(folder: string, bytes: number) {
    this.folder = folder;
    this.bytes = bytes;
    // One that a killed process had finished is as good as new: it gets its name when it is whole.
    if (statSync(this.path("spare"), { throwIfNoEntry: false })?.size === bytes)
      this.state = "ready";
  }

  isReady(): boolean {
    return this.state === "ready";
  }

  /** Begins to make one, unless there is one. Never throws: a disk that is short of room has none. */
  prepare(): void {
    if (this.state !== "none" || this.stopped) return;
    this.state = "making";
    this.making = this.make().then(
      (made) => {
        this.state = made ? "ready" : "none";
      },
      () => {
        this.state = "none";
      },
    );
  }

  /** Makes the spare the file of a segment, if there is one. Its name lasts once the folder is synced. */
  takeAs(path: string): boolean {
    if (this.state !== "ready") return false;
    this.state = "none";
    try {
      renameSync(this.path("spare"), path);
      return true;
    } catch {
      return false;
    }
  }

  /** Gives the room back. */
  async close(): Promise<void> {
    this.stopped = true;
    await this.making;
    await this.remove();
  }

  private path(name: string): string {
    return join(this.folder, name);
  }

  private async remove(): Promise<void> {
    await rm(this.path("spare"), { force: true });
    await rm(this.path("spare.new"), { force: true });
  }

  private async make(): Promise<boolean> {
    mkdirSync(this.folder, { recursive: true });
    const disk = await statfs(this.folder);
    if (disk.bavail * disk.bsize < this.bytes * FREE_SPARES_MIN) return false;
    const whole = await this.fill();
    if (whole) await rename(this.path("spare.new"), this.path("spare"));
    else await this.remove();
    return whole;
  }

  /** Whether all of it could be written before it was stopped. */
  private async fill(): Promise<boolean> {
    const file = await open(this.path("spare.new"), "w", 0o600);
    try {
      const zeros = Buffer.alloc(STEP_BYTES);
      for (let done = 0; done < this.bytes && !this.stopped; done += STEP_BYTES) {
        await file.write(zeros, 0, Math.min(STEP_BYTES, this.bytes - done), done);
        await file.datasync();
      }
      return !this.stopped;
    } catch (error) {
      await this.remove();
      throw error;
    } finally {
      await file.close();
    }
  }
}
