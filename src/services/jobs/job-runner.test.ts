import { describe, expect, it } from "vitest";
import { instant } from "../../base/index.ts";
import { createJobRunner, JOBS_MAX, type JobRunnerOptions } from "./job-runner.ts";

type Planned = { readonly afterMs: number; readonly then: () => void };

function setUp() {
  const planned: Planned[] = [];
  const failures: string[] = [];
  const options: JobRunnerOptions = {
    clock: { now: () => instant(0), monotonicMs: () => 0 },
    schedule: (afterMs, then) => {
      const entry = { afterMs, then };
      planned.push(entry);
      return () => void planned.splice(planned.indexOf(entry), 1);
    },
    onFailure: (name, error) => void failures.push(`${name}: ${(error as Error).message}`),
  };
  return { runner: createJobRunner(options), planned, failures };
}

describe("createJobRunner", () => {
  it("createJobRunner runs a job at its interval, from the end of one run to the next", async () => {
    const { runner, planned } = setUp();
    let runs = 0;
    runner.add({
      name: "compaction",
      intervalMs: 60,
      run: async () => {
        runs += 1;
      },
    });
    expect(planned.map(({ afterMs }) => afterMs)).toEqual([60]);
    await runner.runNow("compaction");
    await runner.runNow("compaction");
    expect(runs).toBe(2);
    expect(planned).toHaveLength(1);
  });

  it("createJobRunner joins a run that is under way instead of starting a second", async () => {
    const { runner } = setUp();
    const gate = Promise.withResolvers<void>();
    let runs = 0;
    runner.add({
      name: "slow",
      intervalMs: 1,
      run: () => {
        runs += 1;
        return gate.promise;
      },
    });
    const both = [runner.runNow("slow"), runner.runNow("slow")];
    expect(runner.states()[0]?.running).toBe(true);
    gate.resolve();
    await Promise.all(both);
    expect(runs).toBe(1);
  });

  it("createJobRunner tells a failure and goes on", async () => {
    const { runner, planned, failures } = setUp();
    runner.add({ name: "bad", intervalMs: 5, run: () => Promise.reject(new Error("no disk")) });
    await runner.runNow("bad");
    expect(failures).toEqual(["bad: no disk"]);
    expect(runner.states()[0]).toMatchObject({ runs: 1, failures: 1, running: false });
    expect(planned).toHaveLength(1);
  });

  it("createJobRunner waits on close for what runs, aborts it and plans nothing more", async () => {
    const { runner, planned, failures } = setUp();
    let ended = false;
    runner.add({
      name: "long",
      intervalMs: 5,
      run: (signal) =>
        new Promise((_resolve, reject) => {
          signal.addEventListener("abort", () => {
            ended = true;
            reject(new Error("aborted"));
          });
        }),
    });
    void runner.runNow("long");
    await runner.close();
    expect(ended).toBe(true);
    expect(planned).toHaveLength(0);
    expect(failures).toEqual([]);
    expect(() => runner.add({ name: "late", intervalMs: 1, run: async () => {} })).toThrow(
      "closed",
    );
  });

  it("createJobRunner refuses a second job of one name, and too many", () => {
    const { runner } = setUp();
    const job = (name: string) => ({ name, intervalMs: 1, run: async () => {} });
    runner.add(job("0"));
    expect(() => runner.add(job("0"))).toThrow("already");
    for (let index = 1; index < JOBS_MAX; index += 1) runner.add(job(String(index)));
    expect(() => runner.add(job("one too many"))).toThrow("more than");
  });
});
