import type { InputFile } from "../contract/context.ts";
import { openSource } from "../data/byte_source.ts";

/** The first bytes of a file that are more than a blank: what its form is judged by. */
export interface Sample {
  readonly bytes: Uint8Array;
  /** Whether they reach to the end of the file. */
  readonly whole: boolean;
  /** Whether the file begins with the byte order mark of UTF-8; it is not among `bytes`. */
  readonly bom: boolean;
  /** All of the file, where it is so small that it need not be opened again. */
  readonly content?: Uint8Array;
}

/** Reads the sample of a file, at most `size` bytes. */
export async function readSample(file: InputFile, size: number): Promise<Sample> {
  const source = openSource(file);
  try {
    const bytes = new Uint8Array(size);
    let bom = false;
    for (let first = true;; first = false) {
      let end = 0;
      while (end < size) {
        const count = await source.read(bytes.subarray(end));
        if (count === 0) break;
        end += count;
      }
      if (first) bom = bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf;
      let start = first && bom ? 3 : 0;
      while (start < end && isBlank(bytes[start]!)) start++;
      const whole = end < size;
      if (start === end && !whole) continue;
      // An even number of bytes is cut off, or the two halves of UTF-16 would change places.
      const sample = { bytes: bytes.subarray(bom || start === end ? start : start & ~1, end), whole, bom };
      return first && whole ? { ...sample, content: bytes.subarray(0, end) } : sample;
    }
  } finally {
    source.close();
  }
}

/** Space, tab, line ends and NUL: what a blank line is made of. */
export function isBlank(byte: number): boolean {
  return byte === 32 || byte === 9 || byte === 10 || byte === 13 || byte === 0;
}
