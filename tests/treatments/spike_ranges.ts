import { judgeColumn } from "../../core/kernels/column_loops.ts";
import { BLOCK } from "../../treatments/clean/spikes.ts";

/** The ranges of a column's blocks as clean finds them, with nothing out of range. */
export function rangesOf(values: Float64Array): Float64Array {
  const none = new Float64Array(0);
  const rules = { min: -Infinity, max: Infinity, missing: 0, outside: 0, block: BLOCK };
  return judgeColumn(values, { before: none, after: none }, rules, new Uint8Array(values.length)).ranges;
}
