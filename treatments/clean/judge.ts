import { FLAG, judgeColumn } from "myx";
import type { Rules } from "./rules.ts";
import { BLOCK, markSpikes } from "./spikes.ts";

/** How many values of a column became null, and why. */
export interface Nulled {
  readonly outOfRange: number;
  readonly spikes: number;
}

/**
 * Nulls the values of one column that break `rules`, in place, and sets `codes` to what each cell is: ok, missing, out of
 * range or spike. `before` and `after` are the column's values in the neighbouring rows.
 */
export function judge(
  values: Float64Array,
  rules: Rules | undefined,
  { before, after }: { before: Float64Array; after: Float64Array },
  codes: Uint8Array,
): Nulled {
  const { min, max, spikes: rule } = rules ?? { min: -Infinity, max: Infinity };
  const limits = { min, max, missing: FLAG.missing, outside: FLAG.outOfRange, block: BLOCK };
  const column = judgeColumn(values, { before, after }, limits, codes);
  const { outOfRange } = column;
  if (!rule) return { outOfRange, spikes: 0 };
  const stretch = { start: before.length, end: before.length + values.length };
  const spikes = markSpikes(column, stretch, rule, codes, FLAG.spike);
  // Only now: medians are taken over values from which no spike has been taken out.
  if (spikes) { for (let i = codes.indexOf(FLAG.spike); i >= 0; i = codes.indexOf(FLAG.spike, i + 1)) values[i] = NaN; }
  return { outOfRange, spikes };
}
