/** What fetching may cost, whatever a server sends. */
export interface Limits {
  /** Bytes on disk that git may fetch. */
  readonly fetchBytes: number;
  readonly fileBytes: number;
  /** Bytes of all files of one treatment. */
  readonly treeBytes: number;
  readonly files: number;
  /** Seconds that one connection may take. */
  readonly seconds: number;
}

/** The limits of `add` and `update`. */
export const LIMITS: Limits = {
  fetchBytes: 64 * 2 ** 20,
  fileBytes: 16 * 2 ** 20,
  treeBytes: 64 * 2 ** 20,
  files: 2000,
  seconds: 120,
};

/** An amount of bytes for people. */
export function megabytes(bytes: number): string {
  return `${Math.round(bytes / 2 ** 20)} MiB`;
}
