import { readParquet } from "../data/parquet.ts";

/** Whether a Parquet file has rows that the one which is to take its place lacks, by their times. */
export function hasMoreRows(path: string, next: string): boolean {
  let before: Float64Array;
  try {
    before = readParquet(path).ts;
  } catch {
    return false; // Nobody can read what it held.
  }
  const after = readParquet(next).ts;
  for (let i = 0, j = 0; i < before.length; i++, j++) {
    while (after[j]! < before[i]!) j++;
    if (after[j] !== before[i]) return true;
  }
  return false;
}
