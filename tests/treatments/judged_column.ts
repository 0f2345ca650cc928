import { judgeColumn, type JudgedColumn } from "../../core/kernels/column_loops.ts";
import { BLOCK } from "../../treatments/clean/spikes.ts";

/** A column as clean judges it, with nothing out of range; rows `start` to `end` are the day's own. */
export function judgedColumn(values: Float64Array, start = 0, end = values.length): JudgedColumn {
  const own = values.slice(start, end);
  const rules = { min: -Infinity, max: Infinity, missing: 0, outside: 0, block: BLOCK };
  const around = { before: values.subarray(0, start), after: values.subarray(end) };
  return judgeColumn(own, around, rules, new Uint8Array(own.length));
}
