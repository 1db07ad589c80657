/**
 * Tables that fit a terminal: numbers to the right. Where the terminal is narrow, optional columns
 * give way first, the last of them before the others; then the widest text is cut.
 */
export type Column = {
  readonly title: string;
  readonly align: "left" | "right";
  readonly cells: readonly string[];
  /** The sum, under a line; `null` for none. */
  readonly foot?: string | null;
  /** May be left out. */
  readonly optional?: boolean;
  /** Is never cut, as an id must not be. */
  readonly whole?: boolean;
};

const GAP = "  ";
const TEXT_COLUMNS_MIN = 8;
/** Rather than cut a text below this, an optional column is left out. */
const TEXT_COLUMNS_LEAST = 26;

/** One text with a line per row. `columnsMax` of `null` cuts nothing. */
export function renderTable(all: readonly Column[], columnsMax: number | null): string {
  const columns = fittingColumns(all, columnsMax);
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

function fittingColumns(all: readonly Column[], columnsMax: number | null): readonly Column[] {
  let columns = all;
  while (columnsMax !== null && leastWidth(columns) > columnsMax) {
    const last = columns.findLastIndex((column) => column.optional === true);
    if (last === -1) break;
    columns = columns.filter((_, index) => index !== last);
  }
  return columns;
}

/** How narrow the table can be made by cutting its texts to a readable rest. */
function leastWidth(columns: readonly Column[]): number {
  const least = naturalWidths(columns).map((width, index) =>
    isCuttable(columns[index]) ? Math.min(width, TEXT_COLUMNS_LEAST) : width,
  );
  return least.reduce((sum, width) => sum + width, GAP.length * (columns.length - 1));
}

function isCuttable(column: Column | undefined): boolean {
  return column !== undefined && column.align === "left" && column.whole !== true;
}

function naturalWidths(columns: readonly Column[]): number[] {
  return columns.map((column) =>
    Math.max(...[column.title, column.foot ?? "", ...column.cells].map(shownLength)),
  );
}

function fitWidths(columns: readonly Column[], columnsMax: number | null): readonly number[] {
  const widths = naturalWidths(columns);
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
    if (!isCuttable(column) || width <= TEXT_COLUMNS_MIN) return;
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
