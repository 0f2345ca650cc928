import { age, begin, bytes as bytesAt, doubles, ints, take } from "../kernels/arena.ts";
import { kernels } from "../kernels/kernels.ts";
import type { KeyOrder } from "./key_order.ts";
import type { Keys } from "./keys.ts";
import type { Batch, BatchColumn } from "./row.ts";
import type { StampOptions } from "./stamp_text.ts";

/** Reads plain lines many at a time. */
export interface BatchReader {
  /**
   * Reads lines from `at` on, of which `limit` ends one, as long as they are plain and their times lie from `low` to
   * `high` (excluded). Returns where the next line starts: `at` itself where that line is left to others.
   */
  read(bytes: Uint8Array, at: number, limit: number, low: number, high: number): number;
  /** What was read, good until the next call. */
  batch(): Batch;
  /** The bytes are others. */
  forget(): void;
  /** The least and the greatest time of the batch. */
  first: number;
  last: number;
}

/** Lines of a batch, and bytes that are handed to the kernel at once. */
const MOST_LINES = 2048;
const MOST_BYTES = 2 ** 18;
/** Words and bytes of the kernel's `Key` and `Lines`; in those, numbers of the fields. */
const KEY_WORDS = 14, COLUMN = 12, LACKED = 13;
const LINES_BYTES = 108;
const LINES = 14, SORTED = 15;
/** Domains have one bit each. */
export const MOST_DOMAINS = 31;
/** So many lines at most pass the kernel by where it found none that are plain. */
const LONGEST_PAUSE = 31;
const LF = 10;

/** With the tables there, so many bytes are worth a batch. */
const LEAST_MADE = 512;

/** What is the same for all files of a register of keys. */
export interface BatchOptions {
  readonly domains: number;
  readonly longest: number;
  /** The fewest bytes that are worth the tables. */
  readonly least: number;
}

interface FileReader extends BatchReader {
  /** Another file begins. */
  begin(stamps: StampOptions): void;
}

/** Readers by the order of keys they know: the tables of one file serve for the next. */
const readers = new WeakMap<KeyOrder, FileReader>();

/** The reader that served the file before, or a new one. */
export function kvBatchesOf(keys: Keys, order: KeyOrder, stamps: StampOptions, options: BatchOptions): BatchReader {
  let reader = readers.get(order);
  if (!reader) readers.set(order, reader = createKvBatches(keys, order, options));
  reader.begin(stamps);
  return reader;
}

/**
 * Makes the reader by kernel of `stamp;key:value` lines: some 1.7 GB/s from the first line on, where the loop in
 * `kv_reader.ts` takes V8 0.1 s to get to 300 MB/s. A day costs 16 ms with its files and not 42, the first in a process 50
 * and not 140.
 */
function createKvBatches(keys: Keys, order: KeyOrder, { domains, longest, least }: BatchOptions): FileReader {
  let stamps: StampOptions = { comma: false, clock: undefined };
  // What lies in the kernels' memory: tables made for one order of keys, and bytes `from` to `to`.
  let made = -1, version = -1, text = 0, from = 0, to = 0;
  let lines = 0, all = 0, keyTable = 0, domainTable = 0;
  let pause = 0, skipped = 0;
  // Bytes of this file, and of files before it, that were not worth the tables.
  let few = 0, before = 0;

  function load(bytes: Uint8Array, at: number, limit: number): boolean {
    const isMade = made === age() && version === order.version;
    const here = limit - at;
    if (isMade ? here < Math.min(LEAST_MADE, least) : before + here < least) {
      if (!isMade) few = Math.max(few, here);
      return false;
    }
    const end = at + bytes.subarray(at, Math.min(limit, at + MOST_BYTES)).lastIndexOf(LF) + 1;
    if (end === at) return false;
    if (!isMade) makeTables();
    bytesAt(text, end - at).set(bytes.subarray(at, end));
    [from, to] = [at, end];
    return true;
  }

  function makeTables(): void {
    begin();
    lines = take(LINES_BYTES);
    // Behind the keys stands one that fits nothing.
    keyTable = take(4 * KEY_WORDS * (order.size + 1));
    domainTable = take(8 * domains);
    const lacking = take(4 * order.size);
    all = take(8 * MOST_LINES);
    const bits = take(4 * MOST_LINES);
    const times = Array.from({ length: domains }, () => take(8 * MOST_LINES));
    const columns = Array.from({ length: order.size }, () => take(8 * MOST_LINES));
    const texts = order.texts.map((text) => {
      const at = take(text.length);
      bytesAt(at, text.length).set(text);
      return at;
    });
    text = take(MOST_BYTES);
    const table = ints(keyTable, KEY_WORDS * (order.size + 1));
    table.fill(0, KEY_WORDS * order.size).fill(1, KEY_WORDS * order.size + 4, KEY_WORDS * order.size + 8);
    for (let i = 0; i < order.size; i++) {
      const domain = keys.domains[order.slots[i]!]!;
      const bit = domain < 0 ? 0 : 1 << domain;
      const head = order.texts[i]!.subarray(0, 16);
      const heads = bytesAt(keyTable + 4 * KEY_WORDS * i, 32);
      heads.fill(0);
      heads.fill(255, 0, head.length);
      heads.set(head, 16);
      table.set([order.lengths[i]!, texts[i]!, order.kinds[i]!, bit, columns[i]!, 0], KEY_WORDS * i + 8);
    }
    times.forEach((at, domain) => ints(domainTable, 2 * domains).set([0, at], 2 * domain));
    const mark = order.delimiter.charCodeAt(0);
    ints(lines, LINES_BYTES / 4).set(
      [0, 0, MOST_LINES, longest, mark, +stamps.comma, order.size, keyTable, domains, domainTable, lacking, all, bits],
      LINES,
    );
    [made, version] = [age(), order.version];
    few = before = 0;
  }

  /** Sets the counts of the last batch back. */
  function clear(low: number, high: number): void {
    const { clock } = stamps;
    const wall = clock ? [clock.low, clock.high, clock.offset] : [-Infinity, Infinity, 0];
    doubles(lines, 7).set([...wall, low, high, Infinity, -Infinity]);
    ints(lines, LINES_BYTES / 4).set([0, 1], LINES);
    const [table, rows] = [ints(keyTable, KEY_WORDS * order.size), ints(domainTable, 2 * domains)];
    for (let i = 0; i < order.size; i++) table[KEY_WORDS * i + LACKED] = 0;
    for (let domain = 0; domain < domains; domain++) rows[2 * domain] = 0;
  }

  const reader: FileReader = {
    begin(next) {
      stamps = next;
      pause = skipped = 0;
      before += few;
      few = 0;
    },
    read(bytes, at, limit, low, high) {
      // Files all of odd lines should not pay for the attempts.
      if (pause > 0) {
        pause--;
        return at;
      }
      if (order.size === 0 || !(low < high)) return at;
      if ((at >= to || at < from || made !== age() || version !== order.version) && !load(bytes, at, limit)) return at;
      clear(low, high);
      const next = (kernels().readLines(text + at - from, text + to - from, lines) >>> 0) - text + from;
      skipped = next > at ? 0 : Math.min(LONGEST_PAUSE, 2 * skipped + 1);
      pause = skipped;
      [reader.first, reader.last] = doubles(lines + 40, 2) as unknown as [number, number];
      return next;
    },
    batch() {
      const counts = ints(lines, LINES_BYTES / 4);
      const [table, rows] = [ints(keyTable, KEY_WORDS * order.size), ints(domainTable, 2 * domains)];
      const columns: BatchColumn[] = [];
      for (let i = 0; i < order.size; i++) {
        const count = counts[LINES]! - table[KEY_WORDS * i + LACKED]!;
        if (count === 0) continue;
        const slot = order.slots[i]!;
        const domain = keys.domains[slot]!;
        const values = domain < 0 ? undefined : doubles(table[KEY_WORDS * i + COLUMN]!, rows[2 * domain]!);
        columns.push({ slot, count, values });
      }
      const times = Array.from({ length: domains }, (_, domain) => {
        const count = rows[2 * domain]!;
        return doubles(count === counts[LINES] ? all : rows[2 * domain + 1]!, count);
      });
      return { lines: counts[LINES]!, sorted: counts[SORTED] === 1, times, columns };
    },
    forget: () => void (from = to = 0),
    first: NaN,
    last: NaN,
  };
  return reader;
}
