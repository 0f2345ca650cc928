/** Rounds half to even in whole numbers: the double is a fraction m / 2^k, so the result is exact. */
export function roundExactly(value: number, decimals: number): string {
  let [numerator, denominator] = [Math.abs(value), 1n];
  while (!Number.isInteger(numerator)) [numerator, denominator] = [numerator * 2, denominator * 2n];
  const scaled = BigInt(numerator) * 10n ** BigInt(decimals);
  let rounded = scaled / denominator;
  const rest = 2n * (scaled % denominator);
  if (rest > denominator || (rest === denominator && rounded % 2n === 1n)) rounded++;
  const digits = String(rounded).padStart(decimals + 1, "0");
  const text = decimals ? `${digits.slice(0, -decimals)}.${digits.slice(-decimals)}` : digits;
  return value < 0 && rounded > 0n ? `-${text}` : text;
}
