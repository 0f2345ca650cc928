/** Runs of equal numbers and bit-packed ones in turn. */
import { damaged } from "../../../../core/parquet/integers.ts";

/** Packs numbers of `width` bits, in groups of eight. */
export function packCodes(codes: readonly number[], width: number): Uint8Array {
  const bytes = new Uint8Array(Math.ceil(codes.length / 8) * width);
  for (const [i, code] of codes.entries()) {
    for (let bit = 0; bit < width; bit++) {
      const at = i * width + bit;
      if (code >>> bit & 1) bytes[at >> 3]! |= 1 << (at & 7);
    }
  }
  return bytes;
}

/** Reads `count` numbers of `width` bits. */
export function decodeHybrid(bytes: Uint8Array, width: number, count: number): number[] {
  const values: number[] = [];
  for (let at = 0; values.length < count;) {
    let head = 0;
    for (let shift = 0;; shift += 7) {
      const byte = bytes[at++];
      if (byte === undefined) throw damaged();
      head += (byte & 127) * 2 ** shift;
      if (byte < 128) break;
    }
    if (head < 2) throw damaged();
    const packed = head % 2 === 1;
    const length = Math.min(count - values.length, packed ? (head - 1) / 2 * 8 : head / 2);
    const size = packed ? Math.ceil(length * width / 8) : Math.ceil(width / 8);
    if (at + size > bytes.length) throw damaged();
    const bits = bytes.subarray(at, at + size).reduceRight((sum, byte) => sum << 8n | BigInt(byte), 0n);
    for (let i = 0; i < length; i++) {
      values.push(Number(BigInt.asUintN(width, packed ? bits >> BigInt(i * width) : bits)));
    }
    at += packed ? Math.min(bytes.length - at, (head - 1) / 2 * width) : size;
  }
  return values;
}
