/** A cell with a value, outside of the day, that a gap at the day's edge may start or end at. */
export interface Edge {
  readonly cell: number;
  readonly value: number;
}

/** A column on the grid and what surrounds it. */
export interface Series {
  /** One value per cell, `NaN` where there is none. */
  readonly values: Float64Array;
  /** The number of the first cell. */
  readonly low: number;
  /** The nearest cell with a value on earlier days, and on later ones, where they are near enough to matter. */
  readonly before?: Edge | undefined;
  readonly after?: Edge | undefined;
}

/**
 * Fills gaps of up to `reach` cells with the value before them, in place, and returns the number of cells filled.
 *
 * A gap is a run of null cells between two cells with values, which may stand on other days; a longer one stays null
 * throughout. Sets `filled` to 1 where a cell was filled.
 */
export function fillForward({ values, low, before, after }: Series, reach: number, filled: Uint8Array): number {
  let count = 0;
  let last = before?.cell ?? -Infinity;
  let value = before?.value ?? NaN;
  const close = (next: number) => {
    const gap = next - last - 1;
    if (gap === 0 || gap > reach) return;
    const start = Math.max(0, last + 1 - low);
    const end = Math.min(values.length, next - low);
    values.fill(value, start, end);
    filled.fill(1, start, end);
    count += end - start;
  };
  for (let i = 0; i < values.length; i++) {
    if (values[i]! !== values[i]!) continue;
    if (low + i > last + 1) close(low + i);
    last = low + i;
    value = values[i]!;
  }
  if (after) close(after.cell);
  return count;
}
