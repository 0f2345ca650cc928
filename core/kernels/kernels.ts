/**
 * The loops in which most of the time goes, as WebAssembly: fast from the first call on, where V8 takes 0.1-0.3 s of each
 * process to make TypeScript so, and then two to three times as fast (`deno bench -A tests/bench/parquet_bench.ts`, and
 * `aggregate_bench.ts`). Sources in `assembly/`; plain twins, which tests hold equal, in `tests/core/kernels/twins/`.
 */
import { KERNELS } from "./kernels_wasm.ts";

/**
 * Addresses are bytes in the one memory; what they hold is said in the sources. Of what they are given, all but `judge`,
 * `spread` and `rankDistinct` only read: near columns are not put into memory of their own.
 */
export interface Kernels {
  readonly memory: WebAssembly.Memory;
  findRepeats(ts: number, count: number, out: number): number;
  judge(
    values: number,
    count: number,
    start: number,
    end: number,
    least: number,
    greatest: number,
    missing: number,
    outside: number,
    codes: number,
    block: number,
    ranges: number,
  ): number;
  markSpikes(
    values: number,
    count: number,
    start: number,
    end: number,
    before: number,
    after: number,
    threshold: number,
    ranges: number,
    block: number,
    codes: number,
    mark: number,
  ): number;
  groupRows(
    ts: number,
    count: number,
    start: number,
    freq: number,
    numbers: number,
    starts: number,
    shared: number,
  ): number;
  countBytes(at: number, count: number, out: number): void;
  sortRows(
    ts: number,
    count: number,
    least: number,
    order: number,
    keys: number,
    other: number,
    counts: number,
  ): void;
  gather(values: number, order: number, count: number, out: number): void;
  makeSteps(out: number, count: number, start: number, first: number, freq: number): void;
  scatter(values: number, rows: number, slots: number, count: number, out: number, length: number): void;
  findGaps(values: number, count: number, out: number): number;
  invertRoots(values: number, count: number, out: number): number;
  readLines(at: number, stop: number, lines: number): number;
  measure(values: number, count: number, out: number): number;
  closeUp(values: number, count: number, bits: number, out: number, to: number): number;
  countBits(bits: number, count: number): number;
  spread(values: number, levels: number, rows: number, count: number): void;
  findDistinct(values: number, count: number, codes: number, entries: number, scratch: number): number;
  lookUp(codes: number, count: number, entries: number, out: number): void;
  encodeDelta(values: number, count: number, out: number, scratch: number): number;
  decodeDelta(
    at: number,
    end: number,
    kind: number,
    divisor: bigint,
    out: number,
    count: number,
    large: number,
  ): number;
  packCodes(codes: number, count: number, width: number, out: number): number;
  decodeHybrid(
    at: number,
    end: number,
    width: number,
    out: number,
    count: number,
    lookup: number,
    limit: number,
  ): number;
  countOnes(bytes: number, count: number): number;
  compress(input: number, length: number, out: number, table: number): number;
  compressScratch(): number;
  decompress(input: number, length: number, out: number, size: number): number;
  summariseBlocks(values: number, rows: number, blocks: number, out: number): void;
  mergeBlocks(blocks: number, first: number, windows: number, out: number): void;
  finish(moments: number, windows: number, kind: number, out: number): number;
  mayRound(moments: number, windows: number): number;
  rankWhole(values: number, count: number, least: number, distinct: number, ranks: number, sorted: number): void;
  rankDistinct(
    codes: number,
    count: number,
    entries: number,
    size: number,
    sorted: number,
    ranks: number,
  ): number;
  beginQuantiles(
    values: number,
    ranks: number,
    sorted: number,
    distinct: number,
    zeros: number,
    qs: number,
    many: number,
  ): void;
  quantiles(rows: number, windows: number, scratch: number, parts: number, out: number): void;
}

/** `findDistinct` finds fewer distinct values than this; `entries` needs room for so many. */
export const MOST_DISTINCT = 2 ** 14;

let instance: Kernels | undefined;

/** The kernels, compiled when first asked for: about 1 ms. */
export function kernels(): Kernels {
  return instance ??= load();
}

function load(): Kernels {
  const { exports } = new WebAssembly.Instance(new WebAssembly.Module(Uint8Array.fromBase64(KERNELS)));
  const loaded = exports as unknown as Kernels;
  // Views of the memory outlive its growth.
  (loaded.memory as WebAssembly.Memory & { toResizableBuffer(): ArrayBuffer }).toResizableBuffer();
  return loaded;
}
