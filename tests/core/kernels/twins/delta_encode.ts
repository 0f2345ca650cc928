/** DELTA_BINARY_PACKED in whole numbers of any size: exact, obvious and slow. */

const BLOCK = 128;
const MINI = 32;

/** Encodes whole numbers. */
export function encodeDelta(values: readonly (number | bigint)[]): Uint8Array {
  const bytes: number[] = [];
  const varint = (value: bigint) => {
    for (; value >= 128n; value >>= 7n) bytes.push(Number(value & 127n) | 128);
    bytes.push(Number(value));
  };
  const zigzag = (value: bigint) => varint(value < 0n ? -2n * value - 1n : 2n * value);
  const whole = values.map(BigInt);
  varint(BigInt(BLOCK));
  varint(BigInt(BLOCK / MINI));
  varint(BigInt(whole.length));
  zigzag(whole[0] ?? 0n);
  for (let at = 1; at < whole.length; at += BLOCK) {
    const deltas = whole.slice(at, at + BLOCK).map((value, i) => value - whole[at + i - 1]!);
    const least = deltas.reduce((a, b) => a < b ? a : b);
    zigzag(least);
    const minis = Array.from({ length: BLOCK / MINI }, (_, i) => deltas.slice(i * MINI, (i + 1) * MINI));
    const widths = minis.map((mini) =>
      mini.length ? (mini.reduce((a, b) => a > b ? a : b) - least).toString(2).replace(/^0$/, "").length : 0
    );
    bytes.push(...widths);
    for (const [i, mini] of minis.entries()) {
      const bits = mini.reduceRight((sum, delta) => sum << BigInt(widths[i]!) | (delta - least), 0n);
      for (let byte = 0; byte < widths[i]! * MINI / 8; byte++) bytes.push(Number(bits >> BigInt(8 * byte) & 255n));
    }
  }
  return Uint8Array.from(bytes);
}
