import type { VerifyFinding } from "../../contracts/index.ts";

/** Findings told one by one; beyond it they are only counted. */
const FINDINGS_MAX = 1_000;

/** Collects what a verification finds, without growing beyond a limit on a badly damaged ledger. */
export class Findings {
  readonly list: VerifyFinding[] = [];
  filesChecked = 0;
  entriesChecked = 0;
  private untold = 0;
  private errors = 0;

  add(finding: VerifyFinding): void {
    if (finding.severity === "error") this.errors += 1;
    if (this.list.length < FINDINGS_MAX) this.list.push(finding);
    else this.untold += 1;
  }

  error(code: string, file: string, offset: number | null, message: string): void {
    this.add({ severity: "error", code, file, offset, message });
  }

  notice(code: string, file: string, offset: number | null, message: string): void {
    this.add({ severity: "notice", code, file, offset, message });
  }

  all(): readonly VerifyFinding[] {
    if (this.untold === 0) return this.list;
    const message = `${this.untold} more findings are not listed`;
    const more = { severity: "notice", code: "more", file: "", offset: null, message } as const;
    return [...this.list, more];
  }

  sound(): boolean {
    return this.errors === 0;
  }
}
