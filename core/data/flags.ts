/**
 * Quality flags: what a value is worth, kept in int64 columns behind the data. `<column>__flag` judges one column,
 * `quality_flag` the whole row.
 */

/** The codes a quality flag can have. */
export const FLAG = {
  ok: 0,
  missing: 1,
  spike: 2,
  outOfRange: 3,
  disconnected: 4,
  estimated: 5,
  corrected: 6,
} as const;

/** The column that flags whole rows. */
export const ROW_FLAG = "quality_flag";

/** The name of the column that flags `column`. */
export function flagNameOf(column: string): string {
  return `${column}__flag`;
}

/** Severity by code, from the order worst first: 4, 2, 3, 1, 5, 6, 0. A code of nobody's ranks just above OK. */
const SEVERITY = [0, 4, 6, 5, 7, 3, 2];
const FOREIGN = 1;

/**
 * The worse of two flags, in the order 4, 2, 3, 1, 5, 6, 0 (worst first). A null flag (`NaN`) says nothing and gives way
 * to any other; `worstFlag` folds over any number of flags, in any order, starting from `NaN`.
 */
export function worstFlag(a: number, b: number): number {
  if (a !== a) return b;
  if (b !== b || a === b) return a;
  const left = SEVERITY[a] ?? FOREIGN;
  const right = SEVERITY[b] ?? FOREIGN;
  return left > right || (left === right && a > b) ? a : b;
}
