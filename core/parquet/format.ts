/**
 * Names for the numbers of the Parquet format, https://github.com/apache/parquet-format, as far as columns of numbers
 * use them.
 */

/** First and last bytes of a file. */
export const MAGIC = "PAR1";

/** Physical types. */
export const TYPE = { int32: 1, int64: 2, int96: 3, float: 4, double: 5 } as const;

/** How the values of a page are written. */
export const ENCODING = {
  plain: 0,
  plainDictionary: 2,
  rle: 3,
  delta: 5,
  rleDictionary: 8,
  byteStreamSplit: 9,
} as const;

/** How pages are compressed. */
export const CODEC = { none: 0, snappy: 1, gzip: 2, brotli: 4, zstd: 6, lz4Raw: 7 } as const;

/** Kinds of pages. */
export const PAGE = { data: 0, index: 1, dictionary: 2, dataV2: 3 } as const;

/** Whether a column must, may or can often have a value. */
export const REPETITION = { required: 0, optional: 1, repeated: 2 } as const;

/** What older readers go by where newer ones read the logical type. */
export const CONVERTED = {
  decimal: 5,
  date: 6,
  timestampMillis: 9,
  timestampMicros: 10,
  uint8: 11,
  uint64: 14,
} as const;
