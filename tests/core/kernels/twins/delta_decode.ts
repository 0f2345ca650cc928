/** DELTA_BINARY_PACKED in whole numbers of any size: exact, obvious and slow. */
import { damaged, type Integer, wrap } from "../../../../core/parquet/integers.ts";

/** Decodes the numbers that `bytes` hold. */
export function decodeDelta(bytes: Uint8Array, kind: Integer): number[] {
  let at = 0;
  const byte = () => {
    const value = bytes[at++];
    if (value === undefined) throw damaged();
    return value;
  };
  const varint = () => {
    let value = 0n;
    for (let shift = 0n;; shift += 7n) {
      const next = byte();
      value |= BigInt(next & 127) << shift;
      if (next < 128) return value;
    }
  };
  const zigzag = () => {
    const value = varint();
    return value & 1n ? -(value + 1n) / 2n : value / 2n;
  };
  const block = Number(varint());
  const minis = Number(varint());
  const count = Number(varint());
  let value = zigzag();
  const values = count ? [wrap(value, kind)] : [];
  while (values.length < count) {
    const least = zigzag();
    const widths = Array.from({ length: minis }, byte);
    for (const width of widths) {
      if (values.length === count) break;
      let bits = 0n;
      for (let i = 0; i < width * (block / minis) / 8; i++) bits |= BigInt(byte()) << BigInt(8 * i);
      for (let i = 0; i < block / minis && values.length < count; i++, bits >>= BigInt(width)) {
        value = BigInt.asIntN(64, value + least + BigInt.asUintN(width, bits));
        values.push(wrap(value, kind));
      }
    }
  }
  return values;
}
