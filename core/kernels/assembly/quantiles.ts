// Quantiles of the windows of a column, linear between neighbours as NumPy's default.

import { beginColumn, beginCounting, countMany, endCounting } from "./counted";
import { FEW, finishFew, takeFew } from "./few";
import { distinct, setColumn } from "./ranks";
import { selectAny } from "./select";

/**
 * Begins a column whose quantiles `qs` (0 to 1, `many` of them) are looked for. `ranks` has the number of each value among
 * the `distinct` ones in `sorted`, -1 for null, and 32 bytes behind; with `distinct` 0 there are none, as too many values
 * are distinct. `zeros` are as many as there are ranks.
 */
export function beginQuantiles(
  values: usize,
  ranks: usize,
  sorted: usize,
  distinct: i32,
  zeros: usize,
  qs: usize,
  many: i32,
): void {
  setColumn(values, ranks, sorted, distinct, qs, many);
  beginColumn(zeros);
}

/**
 * Computes the quantiles of each window; `out` gets one number per window for each quantile in turn, NaN where all of a
 * window is null. `scratch` has room for the values of a window, and `parts` for 32 bytes per window and the counts of each:
 * longer windows that come later are put together from them.
 */
export function quantiles(rows: usize, windows: i32, scratch: usize, parts: usize, out: usize): void {
  const step = <usize> windows << 3;
  beginCounting(parts, windows);
  for (let w = 0; w < windows; w++) {
    const start = load<u32>(rows + (<usize> w << 2));
    const end = load<u32>(rows + (<usize> w << 2), 4);
    const to = out + (<usize> w << 3);
    if (distinct == 0) selectAny(start, end, scratch, to, step);
    else if (end - start <= FEW) takeFew(w, start, end - start, out, step);
    else if (!countMany(w, start, end, to, step)) selectAny(start, end, scratch, to, step);
  }
  finishFew(out, step);
  endCounting(rows, windows);
}
