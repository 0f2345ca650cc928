import { bytes as bytesAt, ints, mark, rewind, take } from "../kernels/arena.ts";
import { kernels } from "../kernels/kernels.ts";
import type { Sample } from "./sample.ts";

/** First bytes of files that are often given the wrong name. */
const MAGIC: readonly (readonly [string, string])[] = [
  ["\x1f\x8b", "a gzip file; name it .csv.gz"],
  ["PK\x03\x04", "a zip file or a spreadsheet; save it as csv"],
  // A column may have that name; behind it stands the head of a page or the footer.
  ["PAR1\x15", "a Parquet file; raw files are text"],
  ["SQLite format 3", "an SQLite database; raw files are text"],
  ["%PDF", "a PDF; raw files are text"],
  ["BZh", "a bzip2 file; decompress it"],
  ["\xfd7zXZ", "an xz file; decompress it"],
  ["\x28\xb5\x2f\xfd", "a zstd file; decompress it"],
];

/** So few control bytes may be line noise. */
const NOISE = 8;

/**
 * Refuses what is not lines of UTF-8 text.
 *
 * @throws {TypeError} If the file is UTF-16, has only CR as line ends, or is binary.
 */
export function checkEncoding(name: string, sample: Sample): void {
  const what = lookOf(sample);
  if (what) throw new TypeError(`Cannot parse "${name}": it looks like ${what}`);
}

function lookOf({ bytes, whole }: Sample): string | undefined {
  const startsWith = (prefix: string) => {
    for (let i = 0; i < prefix.length; i++) if (bytes[i] !== prefix.charCodeAt(i)) return false;
    return true;
  };
  const magic = MAGIC.find(([prefix]) => startsWith(prefix));
  if (magic) return magic[1];
  const pairs = bytes.length >> 1;
  const [littleEndian, bigEndian, control, filled, returns, feeds] = count(bytes);
  // Of Latin text in UTF-16 every other byte is NUL.
  if (startsWith("\xff\xfe") || (pairs > 3 && littleEndian > 0.8 * pairs)) {
    return "UTF-16 (little-endian); save it as UTF-8";
  }
  if (startsWith("\xfe\xff") || (pairs > 3 && bigEndian > 0.8 * pairs)) {
    return "UTF-16 (big-endian); save it as UTF-8";
  }
  if (control > NOISE && control > 0.03 * filled) return "a binary file; raw files are text";
  // In a file cut off within a long line, one stray CR says little.
  if (feeds === 0 && returns > (whole ? 0 : NOISE)) return "text with CR-only line ends; save it with LF or CRLF";
  return undefined;
}

/**
 * Counts pairs of a byte and NUL, pairs of NUL and a byte, control bytes, bytes that are not NUL, CRs that something stands
 * behind, and LFs. What others have in the kernels' memory stays there.
 */
function count(bytes: Uint8Array): [number, number, number, number, number, number] {
  const before = mark();
  const [at, out] = [take(bytes.length), take(24)];
  bytesAt(at, bytes.length).set(bytes);
  kernels().countBytes(at, bytes.length, out);
  const counts = [...ints(out, 6)] as ReturnType<typeof count>;
  rewind(before);
  return counts;
}
