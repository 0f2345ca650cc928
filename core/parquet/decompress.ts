import { bytes, take } from "../kernels/arena.ts";
import { kernels } from "../kernels/kernels.ts";
import { CODEC } from "./format.ts";
import { damaged } from "./integers.ts";

/**
 * Puts the `size` bytes of a page into the kernels' memory and returns where.
 *
 * @throws {TypeError} If the page is damaged, or the codec is not supported.
 */
export function loadPage(codec: number, input: Uint8Array, size: number): number {
  const page = take(size);
  if (codec === CODEC.snappy) {
    const packed = take(input.length);
    bytes(packed, input.length).set(input);
    if (!kernels().decompress(packed, input.length, page, size)) throw damaged();
  } else {
    const plain = codec === CODEC.none ? input : inflate(codec, input, size);
    if (plain.length !== size) throw damaged();
    bytes(page, size).set(plain);
  }
  return page;
}

function inflate(codec: number, input: Uint8Array, size: number): Uint8Array {
  if (codec === CODEC.lz4Raw) return unlz4(input, size);
  const options = { maxOutputLength: Math.max(1, size) };
  // Loaded here: a child that reads only what myx wrote starts sooner without.
  const zlib = process.getBuiltinModule("node:zlib");
  try {
    if (codec === CODEC.gzip) return zlib.gunzipSync(input, options);
    if (codec === CODEC.brotli) return zlib.brotliDecompressSync(input, options);
    if (codec === CODEC.zstd) return zlib.zstdDecompressSync(input, options);
  } catch (cause) {
    throw new TypeError(damaged().message, { cause });
  }
  throw new TypeError(`its compression, number ${codec}, is not supported; write it with Snappy`);
}

/** LZ4 blocks, https://github.com/lz4/lz4/blob/dev/doc/lz4_Block_format.md. */
function unlz4(input: Uint8Array, size: number): Uint8Array {
  const output = new Uint8Array(size);
  let at = 0;
  let to = 0;
  const length = (nibble: number) => {
    let sum = nibble;
    if (nibble === 15) {
      for (let byte = 255; byte === 255;) {
        byte = input[at++] ?? NaN;
        sum += byte;
      }
    }
    return sum;
  };
  while (at < input.length) {
    const token = input[at++]!;
    const literals = length(token >> 4);
    if (!(at + literals <= input.length && to + literals <= output.length)) throw damaged();
    for (let i = 0; i < literals; i++) output[to++] = input[at++]!;
    // The last sequence has literals only.
    if (at >= input.length) break;
    const offset = input[at]! | input[at + 1]! << 8;
    at += 2;
    const end = to + length(token & 15) + 4;
    if (!(offset > 0 && offset <= to && end <= output.length)) throw damaged();
    for (; to < end; to++) output[to] = output[to - offset]!;
  }
  if (to !== output.length) throw damaged();
  return output;
}
