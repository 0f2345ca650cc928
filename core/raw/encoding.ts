import type { Sample } from "./sample.ts";

/** First bytes of files that are often given the wrong name. */
const MAGIC: readonly (readonly [string, string])[] = [
  ["\x1f\x8b", "a gzip file; name it .csv.gz"],
  ["PK\x03\x04", "a zip file or a spreadsheet; save it as csv"],
  ["PAR1", "a Parquet file; raw files are text"],
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
  const start = String.fromCharCode(...bytes.subarray(0, 16));
  const magic = MAGIC.find(([prefix]) => start.startsWith(prefix));
  if (magic) return magic[1];
  const { littleEndian, bigEndian, pairs, control, filled, returns, feeds } = count(bytes);
  // Of Latin text in UTF-16 every other byte is NUL.
  if (start.startsWith("\xff\xfe") || (pairs > 3 && littleEndian > 0.8 * pairs)) {
    return "UTF-16 (little-endian); save it as UTF-8";
  }
  if (start.startsWith("\xfe\xff") || (pairs > 3 && bigEndian > 0.8 * pairs)) {
    return "UTF-16 (big-endian); save it as UTF-8";
  }
  if (control > NOISE && control > 0.03 * filled) return "a binary file; raw files are text";
  // In a file cut off within a long line, one stray CR says little.
  if (feeds === 0 && returns > (whole ? 0 : NOISE)) return "text with CR-only line ends; save it with LF or CRLF";
  return undefined;
}

function count(bytes: Uint8Array) {
  let littleEndian = 0, bigEndian = 0, control = 0, filled = 0, returns = 0, feeds = 0;
  let pending = 0;
  for (let i = 0; i < bytes.length; i++) {
    const byte = bytes[i]!;
    if (i & 1) {
      const before = bytes[i - 1]!;
      if (byte === 0 && before !== 0) littleEndian++;
      if (byte !== 0 && before === 0) bigEndian++;
    }
    if (byte !== 0) filled++;
    if (byte === 10) feeds++;
    else if (byte === 13) pending++;
    else if (byte !== 0 && byte !== 9 && byte !== 32) {
      if (byte < 32 || byte === 127) control++;
      // A CR counts as a line end once something follows it.
      returns += pending;
      pending = 0;
    }
  }
  return { littleEndian, bigEndian, pairs: bytes.length >> 1, control, filled, returns, feeds };
}
