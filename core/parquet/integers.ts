/** What the bits of a stored whole number mean. */
export interface Integer {
  readonly bits: 32 | 64;
  readonly signed: boolean;
  /** What to divide by, rounding down: nanoseconds need more digits than a double has. */
  readonly divisor: bigint;
}

const MAX = 2 ** 53;

/**
 * The number that the lowest bits of `value` mean.
 *
 * @throws {TypeError} If it is above 2^53 in size.
 */
export function wrap(value: bigint, { bits, signed, divisor }: Integer): number {
  const wrapped = signed ? BigInt.asIntN(bits, value) : BigInt.asUintN(bits, value);
  const quotient = (wrapped - (wrapped % divisor + divisor) % divisor) / divisor;
  return exact(quotient);
}

/**
 * A whole number as a double.
 *
 * @throws {TypeError} If it is above 2^53 in size.
 */
export function exact(value: bigint): number {
  if (value > MAX || value < -MAX) throw new TypeError(`${value} is above 2^53`);
  return Number(value);
}

/** Bytes that no writer makes. */
export function damaged(): TypeError {
  return new TypeError("it is damaged");
}

/** What is wrong with a file that cannot be read. A RangeError is the machine's: for memory or stack, and in its words. */
export function faultOf(cause: unknown): string {
  return cause instanceof RangeError ? "it is damaged or does not fit into memory" : (cause as Error).message;
}
