/** A cell with a value, outside of the day, that a gap at the day's edge may start or end at. */
export interface Edge {
  readonly cell: number;
  readonly value: number;
}

/** A column on the grid and what surrounds it. */
export interface Series {
  /** One value per cell, `NaN` where there is none. */
  readonly values: Float64Array;
  /** Where runs of such cells start and end (excluded), in turn. */
  readonly gaps: Int32Array;
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
export function fillForward({ values, gaps, low, before, after }: Series, reach: number, filled: Uint8Array): number {
  let count = 0;
  for (let i = 0; i < gaps.length; i += 2) {
    const [start, end] = [gaps[i]!, gaps[i + 1]!];
    const last = start > 0 ? low + start - 1 : before?.cell ?? -Infinity;
    const next = end < values.length ? low + end : after?.cell ?? Infinity;
    if (next - last - 1 > reach) continue;
    values.fill(start > 0 ? values[start - 1]! : before!.value, start, end);
    filled.fill(1, start, end);
    count += end - start;
  }
  return count;
}
