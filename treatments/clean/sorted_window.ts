/** The values of a sliding window in ascending order, nulls left out. A slide moves half of them on average. */
export class SortedWindow {
  readonly #sorted: Float64Array;
  #size = 0;

  /** Makes room for `capacity` values. */
  constructor(capacity: number) {
    this.#sorted = new Float64Array(capacity);
  }

  add(value: number): void {
    if (value !== value) return;
    const at = this.#find(value);
    this.#sorted.copyWithin(at + 1, at, this.#size++);
    this.#sorted[at] = value;
  }

  /** Takes out a value that was added before. */
  remove(value: number): void {
    if (value !== value) return;
    const at = this.#find(value);
    this.#sorted.copyWithin(at, at + 1, this.#size--);
  }

  /** The middle value, the mean of the two middle ones for an even count, `NaN` for none. */
  median(): number {
    const half = this.#size >> 1;
    if (this.#size & 1) return this.#sorted[half]!;
    return half ? midpoint(this.#sorted[half - 1]!, this.#sorted[half]!) : NaN;
  }

  #find(value: number): number {
    let low = 0;
    let high = this.#size;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.#sorted[middle]! < value) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}

/** The mean of two values, also where their sum is beyond the range of a double. */
export function midpoint(a: number, b: number): number {
  const sum = a + b;
  return Number.isFinite(sum) ? sum / 2 : a / 2 + b / 2;
}
