/**
 * Judges budgets by two records: the gateway's journal, read event by event, and the upstream's own
 * bills. Knows nothing of Purser but what its documentation says of the two; it adds up by itself.
 */

/** A budget in plain words: dollars in a window of whole hours, or for ever. */
export type AuditedBudget = {
  readonly name: string;
  readonly capPicoUsd: bigint;
  /** `null` for a budget that never refills. */
  readonly windowMs: number | null;
  /** One for each user, or one for all. */
  readonly perUser: boolean;
};

/** One line of the journal that opens or settles an exchange. */
export type JournalEvent =
  | {
      readonly kind: "opened";
      readonly exchange: string;
      readonly atMs: number;
      /** How the client named this attempt. */
      readonly attempt: string | null;
      readonly user: string | null;
      readonly worstPicoUsd: bigint | null;
      readonly decisions: readonly string[];
    }
  | {
      readonly kind: "settled";
      readonly exchange: string;
      readonly outcome: string;
      /** The final bill; `null` where the provider's last word was not seen. */
      readonly finalPicoUsd: bigint | null;
      /** Whether the provider does not charge it. */
      readonly isFree: boolean;
    };

/** What the upstream put on its bill for one attempt. */
export type BilledAttempt = { readonly attempt: string; readonly picoUsd: bigint };

export type BudgetFindingCode =
  | "over-cap"
  | "bill-over-cap"
  | "bill-over-worst-case"
  | "refused-though-it-fitted"
  | "billed-unrecorded"
  | "billed-though-refused"
  | "still-reserved";

export type BudgetFinding = {
  readonly code: BudgetFindingCode;
  readonly subject: string;
  readonly text: string;
};

export type BudgetVerdict = {
  readonly findings: readonly BudgetFinding[];
  readonly admitted: number;
  readonly refused: number;
  /** Admitted calls whose cost stayed at the worst case. */
  readonly atWorstCase: number;
  /** Windows that were spent from, over all budgets and users. */
  readonly windows: number;
  /** The largest share of a cap that was ever spent and reserved, and that the upstream billed. */
  readonly heldShareMax: number;
  readonly billedShareMax: number;
};

export type BudgetRecords = {
  readonly budgets: readonly AuditedBudget[];
  readonly events: readonly JournalEvent[];
  readonly billed: readonly BilledAttempt[];
};

type Opened = Extract<JournalEvent, { kind: "opened" }>;
type Balance = { readonly cap: bigint; settled: bigint; open: bigint; billed: bigint };

export function auditBudgets({ budgets, events, billed }: BudgetRecords): BudgetVerdict {
  const audit = new Audit(budgets);
  for (const event of events) {
    if (event.kind === "opened") audit.open(event);
    else audit.settle(event);
  }
  audit.end();
  audit.bill(billed);
  return audit.verdict();
}

class Audit {
  readonly #budgets: readonly AuditedBudget[];
  readonly #balances = new Map<string, Balance>();
  readonly #open = new Map<string, Opened>();
  readonly #refused = new Set<string>();
  readonly #byAttempt = new Map<string, Opened>();
  readonly #findings: BudgetFinding[] = [];
  #admitted = 0;
  #atWorstCase = 0;
  #heldShareMax = 0;

  constructor(budgets: readonly AuditedBudget[]) {
    this.#budgets = budgets;
  }

  open(event: Opened): void {
    if (event.attempt !== null) this.#byAttempt.set(event.attempt, event);
    if (event.decisions.some((text) => / refuse /.test(text))) {
      this.#refuse(event);
      return;
    }
    this.#admitted += 1;
    this.#open.set(event.exchange, event);
    const worst = event.worstPicoUsd ?? 0n;
    for (const [key, balance] of this.#balancesOf(event)) {
      balance.open += worst;
      this.#checkCap(key, balance);
    }
  }

  settle(event: Extract<JournalEvent, { kind: "settled" }>): void {
    const opened = this.#open.get(event.exchange);
    if (opened === undefined) return;
    this.#open.delete(event.exchange);
    const worst = opened.worstPicoUsd ?? 0n;
    const charge = event.finalPicoUsd ?? (event.isFree ? 0n : worst);
    if (event.finalPicoUsd === null && !event.isFree) this.#atWorstCase += 1;
    for (const [key, balance] of this.#balancesOf(opened)) {
      balance.open -= worst;
      balance.settled += charge;
      this.#checkCap(key, balance);
    }
  }

  /** Nothing may be open once everything has ended. */
  end(): void {
    for (const { exchange } of this.#open.values()) {
      this.#find("still-reserved", exchange, "opened, and never settled");
    }
  }

  bill(billed: readonly BilledAttempt[]): void {
    for (const { attempt, picoUsd } of billed) {
      if (picoUsd === 0n) continue;
      const opened = this.#byAttempt.get(attempt);
      if (opened === undefined) {
        this.#find("billed-unrecorded", attempt, `${picoUsd} billed, and no entry has it`);
        continue;
      }
      if (this.#refused.has(opened.exchange)) {
        this.#find("billed-though-refused", attempt, `${picoUsd} billed`);
      }
      if (opened.worstPicoUsd !== null && picoUsd > opened.worstPicoUsd) {
        const text = `${picoUsd} billed, ${opened.worstPicoUsd} was its worst case`;
        this.#find("bill-over-worst-case", attempt, text);
      }
      for (const [, balance] of this.#balancesOf(opened)) balance.billed += picoUsd;
    }
    for (const [key, { billed: sum, cap }] of this.#balances) {
      if (sum > cap) this.#find("bill-over-cap", key, `${sum} billed of ${cap}`);
    }
  }

  verdict(): BudgetVerdict {
    const shares = [...this.#balances.values()].map(({ billed, cap }) => shareOf(billed, cap));
    return {
      findings: this.#findings,
      admitted: this.#admitted,
      refused: this.#refused.size,
      atWorstCase: this.#atWorstCase,
      windows: this.#balances.size,
      heldShareMax: this.#heldShareMax,
      billedShareMax: Math.max(0, ...shares),
    };
  }

  /** A refusal is right only where one of the budgets had less left than the call's worst case. */
  #refuse(event: Opened): void {
    this.#refused.add(event.exchange);
    const need = event.worstPicoUsd;
    if (need === null) return;
    const balances = this.#balancesOf(event);
    if (balances.some(([, { cap, settled, open }]) => need > cap - settled - open)) return;
    const lefts = balances.map(
      ([key, { cap, settled, open }]) => `${key}: ${cap - settled - open}`,
    );
    const text = `needed ${need}, and there were left ${lefts.join(", ")}`;
    this.#find("refused-though-it-fitted", event.exchange, text);
  }

  #balancesOf({ atMs, user }: Opened): readonly (readonly [string, Balance])[] {
    return this.#budgets.flatMap(({ name, capPicoUsd, windowMs, perUser }) => {
      if (perUser && user === null) return [];
      const window = windowMs === null ? "ever" : Math.floor(atMs / windowMs);
      const key = `${name} ${perUser ? user : "all"} ${window}`;
      const known = this.#balances.get(key);
      const balance = known ?? { cap: capPicoUsd, settled: 0n, open: 0n, billed: 0n };
      if (known === undefined) this.#balances.set(key, balance);
      return [[key, balance] as const];
    });
  }

  #checkCap(key: string, { cap, settled, open }: Balance): void {
    this.#heldShareMax = Math.max(this.#heldShareMax, shareOf(settled + open, cap));
    if (settled + open <= cap) return;
    this.#find("over-cap", key, `${settled} settled and ${open} reserved of ${cap}`);
  }

  #find(code: BudgetFindingCode, subject: string, text: string): void {
    this.#findings.push({ code, subject, text });
  }
}

/** For people: four digits are enough. */
function shareOf(part: bigint, whole: bigint): number {
  return Number((part * 10_000n) / whole) / 10_000;
}
