/** Tables that fit a terminal: numbers to the right, the widest text column gives way first. */
export type Column = {
  readonly title: string;
  readonly align: "left" | "right";
  readonly cells: readonly string[];
  /** The sum, under a line; `null` for none. */
  readonly foot?: string | null;
};

const GAP = "  ";
const TEXT_COLUMNS_MIN = 8;

/** One text with a line per row. `columnsMax` of `null` cuts nothing. */
export function renderTable(columns: readonly Column[], columnsMax: number | null): string {
  const widths = fitWidths(columns, columnsMax);
  const rowCount = columns[0]?.cells.length ?? 0;
  const line = (pick: (column: Column) => string): string =>
    columns
      .map((column, index) => pad(pick(column), widths[index] ?? 0, column.align))
      .join(GAP)
      .trimEnd();
  const rule = widths.map((width) => "─".repeat(width)).join(GAP);
  const rows = Array.from({ length: rowCount }, (_, row) =>
    line((column) => column.cells[row] ?? ""),
  );
  const hasFoot = columns.some((column) => typeof column.foot === "string");
  const foot = hasFoot ? [rule, line((column) => column.foot ?? "")] : [];
  return [line((column) => column.title), rule, ...rows, ...foot]
    .map((text) => `${text}\n`)
    .join("");
}

function fitWidths(columns: readonly Column[], columnsMax: number | null): readonly number[] {
  const widths = columns.map((column) =>
    Math.max(...[column.title, column.foot ?? "", ...column.cells].map(shownLength)),
  );
  if (columnsMax === null) return widths;
  const gaps = GAP.length * (columns.length - 1);
  for (;;) {
    const over = widths.reduce((sum, width) => sum + width, gaps) - columnsMax;
    const widest = widestText(columns, widths);
    if (over <= 0 || widest === null) return widths;
    widths[widest] = Math.max(TEXT_COLUMNS_MIN, (widths[widest] ?? 0) - over);
  }
}

/** Figures are never cut: a cut number is a wrong number. */
function widestText(columns: readonly Column[], widths: readonly number[]): number | null {
  let widest: number | null = null;
  columns.forEach((column, index) => {
    const width = widths[index] ?? 0;
    if (column.align === "right" || width <= TEXT_COLUMNS_MIN) return;
    if (widest === null || width > (widths[widest] ?? 0)) widest = index;
  });
  return widest;
}

function pad(text: string, width: number, align: "left" | "right"): string {
  const clean = visible(text);
  const cut = shownLength(clean) > width ? `${[...clean].slice(0, width - 1).join("")}…` : clean;
  const space = " ".repeat(Math.max(0, width - shownLength(cut)));
  return align === "left" ? cut + space : space + cut;
}

function shownLength(text: string): number {
  return [...text].length;
}

/** Names come from callers: control characters would let one paint over a terminal. */
export function visible(text: string): string {
  return text.replace(/[\p{Cc}\p{Cf}\u2028\u2029]/gu, "\uFFFD");
}
