import { mkdtempSync, readFileSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { type Appender, type AppenderOptions, openAppender } from "./append.ts";
import { type Disk, REAL_DISK } from "./disk.ts";
import { FRAME_BYTES_MAX } from "./frame.ts";
import { scanSegment } from "./scan.ts";
import { listSegments, segmentPath } from "./segment.ts";

/** A disk that fails when told to, as a real one would: the bytes before the failure are written. */
class FailingDisk {
  room = Number.POSITIVE_INFINITY;
  syncFails = false;
  syncs = 0;
  /** Syncs wait for this before they answer. */
  hold: Promise<void> | null = null;

  disk(): Disk {
    return {
      ...REAL_DISK,
      write: (file, bytes, position) => {
        const taken = Math.min(bytes.length, this.room);
        if (taken === 0)
          throw Object.assign(new Error("ENOSPC: no space left"), { code: "ENOSPC" });
        this.room -= taken;
        return REAL_DISK.write(file, bytes.subarray(0, taken), position);
      },
      sync: (file, done) => {
        this.syncs += 1;
        const finish = (): void => {
          if (this.syncFails) done(new Error("EIO: i/o error"));
          else REAL_DISK.sync(file, done);
        };
        if (this.hold === null) finish();
        else void this.hold.then(finish);
      },
      syncNow: (file) => {
        if (this.syncFails) throw new Error("EIO: i/o error");
        REAL_DISK.syncNow(file);
      },
    };
  }
}

describe("openAppender", () => {
  let folder: string;
  let failing: FailingDisk;
  let appender: Appender;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "purser-append-"));
    failing = new FailingDisk();
  });
  afterEach(async () => {
    await appender.close();
    rmSync(folder, { recursive: true, force: true });
  });

  const open = (more: Partial<AppenderOptions> = {}): Appender => {
    appender = openAppender({
      folder,
      installation: "abc",
      segment: { number: 1, bytes: 0 },
      disk: failing.disk(),
      probeIntervalMs: 5,
      ...more,
    });
    return appender;
  };
  const written = (): readonly string[] =>
    listSegments(folder, 0).flatMap((number) =>
      scanSegment(segmentPath(folder, number)).lines.map((line) => line.json),
    );
  const ready = async (): Promise<void> => {
    await expect.poll(() => appender.state().kind, { interval: 2 }).toBe("ready");
  };

  it("has the entry in the file when append resolves", async () => {
    await open().append('{"a":1}');
    expect(written()).toEqual(['{"a":1}']);
    expect(failing.syncs).toBe(0);
  });

  it("writes what one turn brings in order, in one file", async () => {
    open();
    const lines = Array.from({ length: 100 }, (_, index) => JSON.stringify({ index }));
    await Promise.all(
      lines.map((line, index) =>
        index % 3 === 0 ? appender.appendDurable(line) : appender.append(line),
      ),
    );
    expect(written()).toEqual(lines);
  });

  it("lets durable entries that come during a sync share the next one", async () => {
    open();
    let release = (): void => undefined;
    failing.hold = new Promise((resolve) => {
      release = resolve;
    });
    const first = appender.appendDurable('{"n":0}');
    await appender.append('{"turn":1}');
    const rest = Array.from({ length: 50 }, (_, n) =>
      appender.appendDurable(JSON.stringify({ n })),
    );
    await appender.append('{"turn":2}');
    expect(failing.syncs).toBe(1);
    release();
    await Promise.all([first, ...rest]);
    expect(failing.syncs).toBe(2);
  });

  it("rejects with LEDGER_UNWRITABLE when the disk is full, and leaves no half entry", async () => {
    open();
    await appender.appendDurable('{"n":0}');
    failing.room = 20;
    await expect(appender.append(JSON.stringify({ long: "x".repeat(100) }))).rejects.toMatchObject({
      code: "LEDGER_UNWRITABLE",
    });
    expect(appender.state().kind).toBe("refusing");
    await expect(appender.append('{"n":2}')).rejects.toMatchObject({ code: "LEDGER_UNWRITABLE" });
    expect(written()).toEqual(['{"n":0}']);
    expect(scanSegment(segmentPath(folder, 1)).findings).toEqual([]);
  });

  it("goes on by itself when there is space again, and writes the settlements it had to hold", async () => {
    open();
    failing.room = 0;
    await expect(appender.appendDurable('{"held":1}')).rejects.toMatchObject({
      code: "LEDGER_UNWRITABLE",
    });
    failing.room = Number.POSITIVE_INFINITY;
    await ready();
    await appender.appendDurable('{"n":2}');
    expect(written()).toEqual(['{"held":1}', '{"n":2}']);
  });

  it("gives up its reserve for calls in flight when the disk is full, and takes no new ones", async () => {
    const reserve = join(folder, "reserve");
    const disk = failing.disk();
    open({
      disk: {
        ...disk,
        unlink: (path) => {
          failing.room += statSync(path).size;
          disk.unlink(path);
        },
        write: (file, bytes, position) => disk.write(file, bytes, position),
      },
      probeIntervalMs: 60_000,
    });
    expect(statSync(reserve).size).toBeGreaterThan(1_000_000);
    failing.room = 0;
    await appender.appendDurable('{"settled":1}');
    expect(appender.state().kind).toBe("refusing");
    await expect(appender.append('{"opened":2}')).rejects.toMatchObject({
      code: "LEDGER_UNWRITABLE",
    });
    await appender.appendDurable('{"settled":2}');
    expect(written()).toEqual(['{"settled":1}', '{"settled":2}']);
  });

  it("rejects every settlement that a failed sync may have lost, and settles them in a new segment", async () => {
    open();
    failing.syncFails = true;
    await expect(appender.appendDurable('{"n":1}')).rejects.toMatchObject({
      code: "LEDGER_UNWRITABLE",
    });
    await expect(appender.appendDurable('{"n":2}')).rejects.toMatchObject({
      code: "LEDGER_UNWRITABLE",
    });
    failing.syncFails = false;
    await ready();
    expect(appender.segment()).toBeGreaterThan(1);
    const later = scanSegment(segmentPath(folder, appender.segment())).lines.map(
      (line) => line.json,
    );
    expect(later).toEqual(['{"n":1}', '{"n":2}']);
  });

  it("trusts no later sync of a segment whose sync failed when it was sealed", async () => {
    open({ segmentBytesMax: 300, probeIntervalMs: 60_000 });
    await appender.appendDurable(JSON.stringify({ pad: "x".repeat(150) }));
    failing.syncFails = true;
    const failed = appender.appendDurable(JSON.stringify({ pad: "y".repeat(150) }));
    await expect(failed).rejects.toMatchObject({ code: "LEDGER_UNWRITABLE" });
    failing.syncFails = false;
    await expect(appender.appendDurable('{"n":2}')).rejects.toMatchObject({
      code: "LEDGER_UNWRITABLE",
    });
  });

  it("closes a segment that it could not cut back to its last whole entry", async () => {
    const disk = failing.disk();
    let cuts = 0;
    open({
      disk: {
        ...disk,
        truncate: (file, length) => {
          if (length === 0) return disk.truncate(file, length);
          cuts += 1;
          throw new Error("EIO: cannot cut");
        },
      },
    });
    await appender.appendDurable('{"n":1}');
    failing.room = 5;
    await expect(appender.appendDurable('{"n":2}')).rejects.toMatchObject({
      code: "LEDGER_UNWRITABLE",
    });
    failing.room = Number.POSITIVE_INFINITY;
    await ready();
    await appender.appendDurable('{"n":3}');
    expect(cuts).toBeGreaterThan(0);
    expect(written()).toEqual(['{"n":1}', '{"n":2}', '{"n":3}']);
  });

  it("starts a new segment at its limit and says which is sealed", async () => {
    const sealed: number[] = [];
    open({ segmentBytesMax: 400, onSealed: (segment) => sealed.push(segment) });
    const lines = Array.from({ length: 20 }, (_, n) => JSON.stringify({ n, pad: "x".repeat(60) }));
    for (const line of lines) await appender.appendDurable(line);
    expect(written()).toEqual(lines);
    expect(sealed.length).toBeGreaterThan(3);
    expect(listSegments(folder, 0)).toEqual([...sealed, appender.segment()]);
    for (const number of sealed)
      expect(statSync(segmentPath(folder, number)).size).toBeLessThan(520);
  });

  it("waits for everything appended when it closes, and refuses what comes after", async () => {
    open();
    const last = appender.appendDurable('{"n":1}');
    await appender.close();
    await last;
    expect(readFileSync(segmentPath(folder, 1), "utf8")).toContain('{"n":1}');
    await expect(appender.append('{"n":2}')).rejects.toMatchObject({ code: "LEDGER_CLOSED" });
  });

  it("refuses an entry beyond the limit of a frame", async () => {
    open();
    const large = JSON.stringify("x".repeat(FRAME_BYTES_MAX));
    await expect(appender.append(large)).rejects.toMatchObject({ code: "LEDGER_ENTRY_TOO_LARGE" });
    await appender.append('{"n":1}');
    expect(written()).toEqual(['{"n":1}']);
  });
});
