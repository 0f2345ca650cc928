import {
  type Batch,
  borrowNear,
  compareColumns,
  DAY_US,
  dayOf,
  type Domain,
  formatFileName,
  type Keys,
  recycle,
  type Row,
  type RowStore,
  sortRows,
  type Table,
  writeParquet,
} from "myx";

/** The rows kept so far, as columns by domain and UTC day. */
export interface DayColumns extends RowStore {
  /** Tells what came since it was last asked. */
  take(): Counts;
  /** Writes what is left. */
  finish(): void;
}

/** What came of a file. */
export interface Counts {
  /** Rows by domain, and accepted rows that had no key of it. */
  readonly rows: readonly number[];
  readonly without: readonly number[];
  /** How often each key of no domain came. */
  readonly unknown: readonly [string, number][];
  /** Names of the files that its rows go to. */
  readonly outputs: ReadonlySet<string>;
}

/** Rows of one domain on one day. */
interface Block {
  /** The file they are for. */
  readonly name: string;
  length: number;
  /** Its length when it was last asked what came. */
  known: number;
  capacity: number;
  ts: Float64Array;
  /** Times of the rows that came first and last. */
  first: number;
  last: number;
  sorted: boolean;
  slots: number[];
}

interface Day {
  readonly start: number;
  readonly blocks: Block[];
  /** The columns by slot, so that a value finds its place in one step. */
  readonly columns: (Float64Array | undefined)[];
}

/** A day with one row should cost little: a file may hold years of them. */
const FIRST_CAPACITY = 32;
/** A device's pace is not quite regular. */
const SPARE = 1.02;
/** The part of the budget up to which a pace is trusted; moving columns costs fresh pages, 2 ms of a process's first day. */
const GUESSED = 0.25;

/**
 * Makes the store. When its columns take more than `budget` bytes all are written as a further run (`run-2/`, ...), whose
 * rows the engine puts behind those of the runs before it.
 */
export function createDayColumns(
  keys: Keys,
  domains: readonly Domain[],
  options: {
    readonly source: string;
    readonly outputDir: string;
    readonly timeColumn: string;
    readonly budget: number;
  },
): DayColumns {
  const days = new Map<number, Day>();
  let rows = domains.map(() => 0);
  let without = domains.map(() => 0);
  let unknown: number[] = [];
  let outputs = new Set<string>();
  const marks = new Int32Array(domains.length);
  let day: Day = { start: Infinity, blocks: [], columns: [] };
  let serial = 0;
  let bytes = 0;
  let runs = 0;

  function openDay(ts: number): void {
    const start = Math.floor(ts / DAY_US) * DAY_US;
    const known = days.get(start);
    if (known) day = known;
    else {
      const date = dayOf(start);
      const blocks = domains.map(({ name }) => (
        {
          name: formatFileName({ source: options.source, domain: name, day: date }),
          length: 0,
          known: 0,
          capacity: 0,
          ts: new Float64Array(0),
          first: 0,
          last: -Infinity,
          sorted: true,
          slots: [],
        }
      ));
      days.set(start, day = { start, blocks, columns: [] });
    }
  }

  function borrowCounted(capacity: number): Float64Array {
    bytes += 8 * capacity;
    return borrowNear(capacity);
  }

  function replace(old: Float64Array | undefined, length: number, capacity: number): Float64Array {
    const next = borrowCounted(capacity);
    if (old) {
      next.set(old.subarray(0, length));
      bytes -= 8 * old.length;
      recycle({ ts: old, columns: [] });
    }
    return next;
  }

  /**
   * Makes room for so many rows, and for as many as the day will have at the pace of those so far: at least half as much
   * again, and at most four times as much where that would take more than its share of the budget.
   */
  function grow(block: Block, wanted: number): void {
    const { length, first, last, capacity } = block;
    const expected = SPARE * length * (day.start + DAY_US - first) / Math.max(last - first, 1);
    const most = bytes + 8 * expected * (1 + block.slots.length) < GUESSED * options.budget ? Infinity : 4 * capacity;
    block.capacity = Math.ceil(Math.max(FIRST_CAPACITY, wanted, 1.5 * capacity, Math.min(most, expected)));
    block.ts = replace(block.ts, block.length, block.capacity);
    for (const slot of block.slots) day.columns[slot] = replace(day.columns[slot], block.length, block.capacity);
  }

  function addColumn(slot: number, block: Block): Float64Array {
    // Keep the array free of holes, which V8 reads slowly.
    while (day.columns.length <= slot) day.columns.push(undefined);
    block.slots.push(slot);
    // As far as the row that is being added: what lies behind is nulled when it is added.
    return day.columns[slot] = replace(undefined, 0, block.capacity).fill(NaN, 0, block.length + 1);
  }

  function add(row: Row): boolean {
    const { ts, count, slots, cells } = row;
    if (!(ts >= day.start && ts < day.start + DAY_US)) openDay(ts);
    const { blocks, columns } = day;
    serial = (serial + 1) | 0;
    let known = false;
    for (let i = 0; i < count; i++) {
      const slot = slots[i]!;
      const domain = keys.domains[slot]!;
      if (domain < 0) {
        while (unknown.length <= slot) unknown.push(0);
        unknown[slot]!++;
        continue;
      }
      const block = blocks[domain]!;
      if (marks[domain] !== serial) {
        marks[domain] = serial;
        known = true;
        if (block.length === block.capacity) grow(block, block.length + 1);
        for (const own of block.slots) columns[own]![block.length] = NaN;
      }
      const column = columns[slot] ?? addColumn(slot, block);
      column[block.length] = cells[i]!;
    }
    if (!known) return false;
    for (let domain = 0; domain < blocks.length; domain++) {
      if (marks[domain] !== serial) {
        without[domain]!++;
        continue;
      }
      const block = blocks[domain]!;
      if (ts < block.last) block.sorted = false;
      if (block.length === 0) block.first = ts;
      block.last = ts;
      block.ts[block.length++] = ts;
      rows[domain]!++;
    }
    if (bytes > options.budget) flush();
    return true;
  }

  function addBatch({ lines, sorted, times, columns }: Batch): void {
    const named = new Set(columns.map(({ slot }) => slot));
    for (const [domain, block] of day.blocks.entries()) {
      const ts = times[domain]!;
      rows[domain]! += ts.length;
      without[domain]! += lines - ts.length;
      if (ts.length === 0) continue;
      const length = block.length + ts.length;
      if (length > block.capacity) grow(block, length);
      block.ts.set(ts, block.length);
      for (const slot of block.slots) {
        if (!named.has(slot)) day.columns[slot]!.fill(NaN, block.length, block.length + ts.length);
      }
      if (!sorted || ts[0]! < block.last) block.sorted = false;
      if (block.length === 0) block.first = ts[0]!;
      block.last = ts[ts.length - 1]!;
    }
    for (const { slot, count, values } of columns) {
      if (values) {
        const block = day.blocks[keys.domains[slot]!]!;
        (day.columns[slot] ?? addColumn(slot, block)).set(values, block.length);
      } else {
        while (unknown.length <= slot) unknown.push(0);
        unknown[slot]! += count;
      }
    }
    for (const [domain, block] of day.blocks.entries()) block.length += times[domain]!.length;
    if (bytes > options.budget) flush();
  }

  function noteOutputs(): void {
    for (const { blocks } of days.values()) {
      for (const block of blocks) {
        if (block.length > block.known) outputs.add(block.name);
        block.known = block.length;
      }
    }
  }

  function take(): Counts {
    noteOutputs();
    const counts = {
      rows,
      without,
      unknown: unknown.flatMap((count, slot): [string, number][] => count > 0 ? [[keys.names[slot]!, count]] : []),
      outputs,
    };
    rows = domains.map(() => 0);
    without = domains.map(() => 0);
    unknown = [];
    outputs = new Set();
    // Better here than in the middle of the next file, and not the day that this one may go on with: a day that is written
    // twice has to be joined.
    if (used() > options.budget / 8) flush(day);
    return counts;
  }

  /** Bytes of the rows there are; a few rows a day take more room than that. */
  function used(): number {
    let sum = 0;
    for (const { blocks } of days.values()) {
      for (const { length, slots } of blocks) sum += 8 * length * (1 + slots.length);
    }
    return sum;
  }

  /** Writes all days but the one to keep. */
  function flush(kept?: Day): void {
    noteOutputs();
    const whole = [...days.values()].filter((day) => day !== kept).sort((a, b) => a.start - b.start);
    if (!whole.length) return;
    runs++;
    const folder = runs === 1 ? options.outputDir : `${options.outputDir}/run-${runs}`;
    if (runs > 1) Deno.mkdirSync(folder, { recursive: true });
    for (const { start, blocks, columns } of whole) {
      days.delete(start);
      for (const block of blocks) {
        bytes -= 8 * block.capacity * (1 + block.slots.length);
        if (block.length === 0) continue;
        const table = tableOf(block, columns, keys);
        if (!block.sorted) sortRows(table.ts, table.columns.map(({ values }) => values));
        writeParquet(`${folder}/${block.name}`, { ...table, timeColumn: options.timeColumn });
        recycle(table);
      }
    }
    day = { start: Infinity, blocks: [], columns: [] };
  }

  return {
    add,
    batches: {
      get low() {
        return day.start;
      },
      get high() {
        return day.start + DAY_US;
      },
      addBatch,
    },
    take,
    finish: () => days.size > 0 && flush(),
  };
}

function tableOf(block: Block, columns: readonly (Float64Array | undefined)[], keys: Keys): Table {
  const slots = block.slots.toSorted((a, b) => compareColumns(keys.names[a]!, keys.names[b]!));
  return {
    ts: block.ts.subarray(0, block.length),
    columns: slots.map((slot) => ({
      name: keys.names[slot]!,
      type: keys.typeOf(slot),
      values: columns[slot]!.subarray(0, block.length),
    })),
  };
}
