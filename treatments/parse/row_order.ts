/** The numbers of rows in the order of their times, which are whole; those of equal time keep theirs. */
export function orderOf(ts: Float64Array): ArrayLike<number> {
  const rows = ts.length;
  let low = Infinity;
  let high = -Infinity;
  for (const time of ts) {
    if (time < low) low = time;
    if (time > high) high = time;
  }
  if (!((high - low + 1) * rows <= Number.MAX_SAFE_INTEGER)) {
    return Array.from(ts.keys()).sort((a, b) => ts[a]! - ts[b]!);
  }
  // Time and row in one number: those sort in half the time that a comparison of our own takes. 86,400 rows of a day fit.
  const keys = new Float64Array(rows);
  for (let i = 0; i < rows; i++) keys[i] = (ts[i]! - low) * rows + i;
  keys.sort();
  const order = new Uint32Array(rows);
  for (let i = 0; i < rows; i++) order[i] = keys[i]! % rows;
  return order;
}
