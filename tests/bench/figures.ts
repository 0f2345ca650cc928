/** The arithmetic of the benchmark. */

/** The middle value, or the mean of the two in the middle. */
export function median(values: readonly number[]): number {
  if (values.length === 0) throw new RangeError("Cannot take the median of no values");
  const sorted = values.toSorted((a, b) => a - b);
  const half = sorted.length >> 1;
  return sorted.length % 2 ? sorted[half]! : (sorted[half - 1]! + sorted[half]!) / 2;
}

/** How many times as fast as the best peer we are (above 1: faster); nothing without a peer. */
export function ratioToBest(
  ours: number,
  peers: ReadonlyMap<string, number>,
): { readonly best: string; readonly ratio: number } | undefined {
  const [best] = [...peers].sort(([, a], [, b]) => a - b);
  return best && { best: best[0], ratio: best[1] / ours };
}

/** What each further unit costs, from one size to the next. */
export function marginalCosts(points: readonly { readonly size: number; readonly cost: number }[]): number[] {
  return points.slice(1).map(({ size, cost }, i) => (cost - points[i]!.cost) / (size - points[i]!.size));
}
