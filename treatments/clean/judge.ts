import { FLAG } from "myx";
import type { Rules } from "./rules.ts";
import { markSpikes } from "./spikes.ts";

/** How many values of a column became null, and why. */
export interface Nulled {
  readonly outOfRange: number;
  readonly spikes: number;
}

/**
 * Nulls the values of one column that break `rules`, in place, and sets `codes` to what each cell is: ok, missing, out of
 * range or spike. `before` and `after` are the column's values in the neighbouring rows; `scratch` holds all three.
 */
export function judge(
  values: Float64Array,
  rules: Rules | undefined,
  { before, after, scratch }: { before: Float64Array; after: Float64Array; scratch: Float64Array },
  codes: Uint8Array,
): Nulled {
  const { min, max, spikes: rule } = rules ?? { min: -Infinity, max: Infinity };
  for (let i = 0; i < values.length; i++) if (values[i]! !== values[i]!) codes[i] = FLAG.missing;
  const outOfRange = nullOutside(values, min, max, codes);
  if (!rule) return { outOfRange, spikes: 0 };
  nullOutside(before, min, max);
  nullOutside(after, min, max);
  // A copy, so that every median is taken over values no spike has been taken out of.
  scratch.set(before);
  scratch.set(values, before.length);
  scratch.set(after, before.length + values.length);
  const stretch = { values: scratch, start: before.length, end: before.length + values.length };
  const spikes = markSpikes(stretch, rule, codes, FLAG.spike);
  if (spikes) { for (let i = 0; i < values.length; i++) if (codes[i] === FLAG.spike) values[i] = NaN; }
  return { outOfRange, spikes };
}

function nullOutside(values: Float64Array, min: number, max: number, codes?: Uint8Array): number {
  let count = 0;
  for (let i = 0; i < values.length; i++) {
    const value = values[i]!;
    if (value < min || value > max) {
      values[i] = NaN;
      if (codes) codes[i] = FLAG.outOfRange;
      count++;
    }
  }
  return count;
}
